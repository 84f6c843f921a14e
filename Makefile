# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PY := .venv/bin/python
SIJIN := .venv/bin/sijin

.PHONY: help setup run demo serve test lint messages lock
help:
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/'
setup: ## set up .venv, the front-end packages and the system programs
	@bash scripts/setup.sh
run: setup ## set up, make the demo campaign if it is not there, serve it at http://127.0.0.1:8000
	@$(SIJIN) demo --if-missing && $(SIJIN) serve
demo: setup ## make the demo campaign without serving
	@$(SIJIN) demo
serve: ## serve what is there
	@$(SIJIN) serve
lint: ## style, types, import contracts
	@.venv/bin/mypy & types=$$!; .venv/bin/ruff check . && .venv/bin/lint-imports; other=$$?; wait $$types && exit $$other
test: setup ## set up, check style, types and import contracts, run all tests on PostgreSQL or SQLite (on both: SIJIN_BOTH=1)
	@said=$$(mktemp); $(MAKE) --no-print-directory lint >$$said 2>&1 & lint=$$!; bash scripts/all_tests.sh; tests=$$?; \
	  wait $$lint; code=$$?; cat $$said; rm -f $$said; exit $$((tests || code))
messages: ## collect the strings of all rooms, name those without a translation, make zh-Hant
	@.venv/bin/python scripts/catalogues.py
lock: ## compile the pinned, hashed requirements anew
	@.venv/bin/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements/base.in -o requirements/base.txt
	@.venv/bin/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements/dev.in -o requirements/dev.txt
	@.venv/bin/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements/semantic.in -o requirements/semantic.txt
