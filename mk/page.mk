.PHONY: page-shot page-cost
page-shot: .venv/.ready ## draw the README's picture of the live page anew (docs/images/page.png)
	@$(PYTHON_BIN) -m tests.page

page-cost: .venv/.ready ## what the live page costs the operator with 1,000 Orchestrators, with gates
	@$(PYTHON_BIN) -m tests.page cost
