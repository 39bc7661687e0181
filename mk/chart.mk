.PHONY: chart
chart: crd ## make what follows from charts and CRD: README tables, schemas, manifests/; lint the charts
	@$(PYTHON_BIN) -m tests.chart
	@.venv/bin/helm lint --strict charts/podium \
	  --set image.repository=example/operator,workerImage.repository=example/worker
	@.venv/bin/helm lint --strict charts/orchestrator

.PHONY: image image-check
image: images ## build both images with buildah, docker or podman, whichever is there (BASE_IMAGE=name)

image-check: .venv/.ready ## try both images on their own file systems, as restricted pods run them; sizes, gates
	@$(PYTHON_BIN) -m tests.images
