.PHONY: programs images
programs: .venv/.ready ## get the cluster's programs: from the cache, upstream, or built once (NAMES="keda keda-adapter")
	@$(PYTHON_BIN) -m tests.devcluster.programs $(NAMES)

images: .venv/.ready ## build the images of operator and worker
	@$(PYTHON_BIN) -m tests.devcluster.images
