# The chain side of the operator against everything that goes wrong (tests/chain/soak/README.md).
.PHONY: soak-chain
soak-chain: .venv/.ready ## rounds with drawn faults on a real chain, operators killed at every line (ROUNDS=1000 SEED=1)
	@$(PYTHON_BIN) -m tests.chain.soak --rounds $(or $(ROUNDS),1000) --seed $(or $(SEED),1) $(ARGS)
