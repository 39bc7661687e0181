.PHONY: chart
chart: crd ## copy the CRD into the chart and lint the chart
	@cp manifests/crd/podium.video_orchestrators.yaml charts/podium/files/crd.yaml
	@.venv/bin/helm lint --strict charts/podium \
	  --set image.repository=example/operator,workerImage.repository=example/worker
