WIRE := worker/src/podium_worker/wire

.PHONY: proto
proto: ## Regenerate the wire's protobuf modules from lp_rpc.proto
	.venv/bin/python -m grpc_tools.protoc -I $(WIRE) --python_out=$(WIRE) --pyi_out=$(WIRE) $(WIRE)/lp_rpc.proto

.PHONY: bench-keccak
bench-keccak: .venv/.ready ## the network's hash beside OpenSSL's SHA3, with a gate (ARGS=FILE)
	@$(PYTHON_BIN) -m tests.bench.keccak $(ARGS)
