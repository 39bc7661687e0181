.PHONY: fuzz-transcode
fuzz-transcode: .venv/.ready ## 10,200 damaged segments through real slots (FUZZ="--seed 2 --count 500": other ones)
	@$(PYTHON_BIN) -m tests.fuzz $(FUZZ)
