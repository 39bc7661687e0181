.PHONY: programs images
programs: .venv/.ready ## get the cluster's programs: from the cache, upstream, or built once
	@$(PYTHON_BIN) -m tests.devcluster.programs

images: .venv/.ready ## build the images of operator and worker
	@$(PYTHON_BIN) -m tests.devcluster.images
