EXTERNAL := operator/src/podium_operator/external

.PHONY: proto-keda
proto-keda: .venv/.ready ## regenerate the protobuf module of KEDA's external scaler
	@$(PYTHON_BIN) -m grpc_tools.protoc -I $(EXTERNAL) --python_out=$(EXTERNAL) --pyi_out=$(EXTERNAL) \
	  $(EXTERNAL)/externalscaler.proto
