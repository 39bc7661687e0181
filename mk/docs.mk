# Pages and their pictures. docs/api.md is made by `make chart`, docs/metrics.md by `make dashboards`.
.PHONY: scaling-pictures load doc-lines
scaling-pictures: .venv/.ready ## draw the pictures of docs/scaling.md from the simulator (a minute)
	@$(PYTHON_BIN) -m tests.docs.pictures

load: .venv/.ready ## build both images and load them into the cluster of `make up`, by their version
	@$(PYTHON_BIN) -m tests.docs load

chart format: doc-lines

doc-lines: .venv/.ready ## let the pages' links lead to the lines where things are now
	@$(PYTHON_BIN) -m tests.docs lines
