EXTERNAL := operator/src/podium_operator/external

.PHONY: proto-keda
proto-keda: .venv/.ready ## regenerate the protobuf module of KEDA's external scaler
	@$(PYTHON_BIN) -m grpc_tools.protoc -I $(EXTERNAL) --python_out=$(EXTERNAL) --pyi_out=$(EXTERNAL) \
	  $(EXTERNAL)/externalscaler.proto

.PHONY: bench-scaling-live
bench-scaling-live: .venv/.ready ## our scaling beside a real KEDA on a cluster, an hour (ARGS="--together": 20 min)
	@$(PYTHON_BIN) -m tests.bench.scaling.live $(ARGS)
