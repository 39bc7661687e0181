.PHONY: dashboards dashboards-look watch drills
dashboards: .venv/.ready ## write charts/podium/files/dashboards and docs/metrics.md from their sources
	@$(PYTHON_BIN) -m tests.watch files

dashboards-look: .venv/.ready ## draw the dashboards of real parts on loopback under load (SECONDS=60)
	@$(PYTHON_BIN) -m tests.watch look $(or $(SECONDS),60)

watch: .venv/.ready ## every query of dashboards and alerts against a real Prometheus on a live system
	@$(PYTHON_BIN) -m tests.watch proof

drills: .venv/.ready ## make alerts fire on a real system, one cause after the other (ONLY="queue node": some)
	@$(PYTHON_BIN) -m tests.watch drills $(ONLY)
