.PHONY: chart
chart: crd ## copy the CRD into the chart and lint the chart
	@cp manifests/crd/podium.video_orchestrators.yaml charts/podium/files/crd.yaml
	@.venv/bin/helm lint --strict charts/podium \
	  --set image.repository=example/operator,workerImage.repository=example/worker

.PHONY: bench-operator
bench-operator: .venv/.ready ## how fast a deleted child comes back, and what rest costs (make up, or KUBECONFIG)
	@$(PYTHON_BIN) -m tests.bench.operator_repair
