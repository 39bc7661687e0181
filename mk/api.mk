.PHONY: crd golden
crd: .venv/.ready ## write manifests/crd from the models
	@$(PYTHON_BIN) -m podium_operator.api.crd > manifests/crd/podium.video_orchestrators.yaml

golden: .venv/.ready ## accept changed pod templates (they restart pods at an upgrade)
	@$(PYTHON_BIN) -m tests.unit.operator.desired.golden
