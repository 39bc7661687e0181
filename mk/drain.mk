.PHONY: soak-drain soak-drain-cluster
soak-drain: .venv/.ready ## 10,000 times a transcoder is told to stop under live streams, with gates (CYCLES=, SEED=, ARGS=)
	@$(PYTHON_BIN) -m tests.drain --cycles $(or $(CYCLES),10000) --seed $(or $(SEED),1) $(ARGS)

soak-drain-cluster: .venv/.ready ## 500 real pods leave a pool under live streams, with gates (CYCLES=, ARGS=)
	@$(PYTHON_BIN) -m tests.drain.pods --pods $(or $(CYCLES),500) $(ARGS)
