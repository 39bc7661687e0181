.PHONY: bench-transcode
bench-transcode: .venv/.ready ## CPU seconds per second of video, by ladder
	@.venv/bin/python -m tests.bench.transcode
