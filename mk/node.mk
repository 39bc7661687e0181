WIRE := worker/src/podium_worker/wire

.PHONY: proto
proto: ## Regenerate the wire's protobuf modules from lp_rpc.proto
	.venv/bin/python -m grpc_tools.protoc -I $(WIRE) --python_out=$(WIRE) --pyi_out=$(WIRE) $(WIRE)/lp_rpc.proto

.PHONY: bench-keccak
bench-keccak: ## Measure the network's hash on 1.5 MB
	.venv/bin/python -m timeit -n 20 -s "from podium_worker.wire.keccak import keccak256; data = bytes(1_500_000)" "keccak256(data)"
	.venv/bin/python -m timeit -n 20 -s "import hashlib; data = bytes(1_500_000)" "hashlib.sha3_256(data).digest()"
