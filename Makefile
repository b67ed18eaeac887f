# Each target sets up what it needs, in .venv, quietly and once (tools/setup says how).

.PHONY: demo test bench lint frontend lock docs
.DEFAULT_GOAL := demo

ARGS ?=

demo:  ## the simulated planet, through the whole pipeline, in the browser
	@tools/setup base frontend
	@.venv/bin/terraloom demo $(ARGS)

test:  ## the tests; ARGS="-m slow" for those that take longer
	@tools/setup dev frontend system
	@.venv/bin/python -m pytest $(ARGS)

bench:  ## the benchmarks, as tables with the machine's description
	@tools/setup dev
	@.venv/bin/python -m benchmarks $(ARGS)

lint:  ## style and strict types
	@tools/setup dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

frontend:  ## the pages' scripts
	@tools/setup frontend

docs:  ## the pages of docs/ that are made from the code
	@tools/setup dev
	@.venv/bin/python tools/reference.py

COMPILE = .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
	pyproject.toml requirements/build.in

lock:  ## pin all dependencies with their hashes; keeps present pins (ARGS=--upgrade renews them)
	@[ -x .venv/bin/uv ] || tools/setup dev
	@$(COMPILE) --all-extras $(ARGS) -o requirements/dev.txt
	@$(COMPILE) -c requirements/dev.txt $(ARGS) -o requirements/base.txt
