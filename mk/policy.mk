.PHONY: mutants-scaling bench-decide
mutants-scaling: .venv/.ready ## plant faults in the scaling policy and show that its tests catch each
	@$(PYTHON_BIN) -m tests.bench.mutants

bench-decide: .venv/.ready ## time of one scaling decision for 100 pools of 200 pods, with gates
	@$(PYTHON_BIN) -m tests.bench.decide
