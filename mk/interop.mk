.PHONY: test-interop
test-interop: .venv/.ready ## a real go-livepeer gateway against our node (GO_LIVEPEER=<binary of 0.9>)
	@.venv/bin/pytest -q tests/interop
