.PHONY: dashboards
dashboards: .venv/.ready ## write charts/podium/files/dashboards and docs/metrics.md from their sources
	@$(PYTHON_BIN) -m tests.watch files
