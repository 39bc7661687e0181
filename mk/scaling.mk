.PHONY: bench-scaling
bench-scaling: .venv/.ready ## our scaling beside HPA, KEDA and Knative, simulated (ARGS="--trace FILE")
	@.venv/bin/python -m tests.bench.scaling $(ARGS)
