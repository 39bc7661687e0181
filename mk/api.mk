crd: .venv/.ready ## write manifests/crd from the models
	@$(PYTHON_BIN) -m podium_operator.api.crd > manifests/crd/podium.video_orchestrators.yaml

.PHONY: crd
