.PHONY: specimens
specimens: .venv/.ready ## make the start-up test's segments anew (review what they cost a slot)
	@$(PYTHON_BIN) -m tests.media.specimens
