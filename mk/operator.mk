.PHONY: bench-operator
bench-operator: .venv/.ready ## how fast a deleted child comes back, and what rest costs, with gates (make up, or KUBECONFIG; ARGS=REPAIRS)
	@$(PYTHON_BIN) -m tests.bench.operator_repair $(ARGS)
