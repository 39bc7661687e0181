.PHONY: bench-operator
bench-operator: .venv/.ready ## how fast a deleted child comes back, and what rest costs (make up, or KUBECONFIG)
	@$(PYTHON_BIN) -m tests.bench.operator_repair
