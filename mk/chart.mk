.PHONY: chart
chart: crd ## make what follows from charts and CRD: README tables, schemas, manifests/; lint the charts
	@$(PYTHON_BIN) -m tests.chart
	@.venv/bin/helm lint --strict charts/podium \
	  --set image.repository=example/operator,workerImage.repository=example/worker
	@.venv/bin/helm lint --strict charts/orchestrator
