# Livepeer's contracts on a chain of our own. STATE and ADDRESSES name another dumped state and its
# list (tests/devnet/README.md); the suites below then run on copies of it before it is served.
DEVNET_SUITES := tests/devnet tests/chain/wire tests/chain/decision \
  tests/chain/body

devnet: .venv/.ready ## Livepeer's contracts on anvil until Ctrl-C (PORT=, ROUND_BLOCKS=, STATE=file ADDRESSES=file.json)
	@$(PYTHON_BIN) -m tests.devnet $(if $(PORT),--port $(PORT)) \
	  $(if $(ROUND_BLOCKS),--round-blocks $(ROUND_BLOCKS)) $(if $(POOL_SIZE),--pool-size $(POOL_SIZE)) \
	  $(if $(STATE),--state $(STATE) --suites $(DEVNET_SUITES)) \
	  $(if $(ADDRESSES),--addresses $(ADDRESSES)) $(ARGS)

.PHONY: devnet
