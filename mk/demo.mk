.PHONY: demo
demo: .venv/.ready ## the whole path on real video: cluster, operator, live streams (DEMO_SECONDS=90: unattended)
	@$(PYTHON_BIN) -m tests.demo
