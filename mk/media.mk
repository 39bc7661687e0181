.PHONY: bench-transcode
bench-transcode: .venv/.ready ## transcode against ffmpeg and PyAV: table, picture, gates (ARGS="--quick")
	@$(PYTHON_BIN) -m tests.bench.transcode $(ARGS)
