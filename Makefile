# make train, make test and make lint each do their own set-up; the second of them finds everything there.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: install train test test-browser lint format clean
install: $(READY)

# torch comes first and pinned: a plain "torch" on Linux would bring gigabytes of CUDA libraries.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

train: $(READY)
	$(BIN)/python -m src.train model=tfidf
	$(BIN)/python -m src.train model=hier_crf

test: $(READY)
	$(BIN)/python -m pytest

# The report in a real browser. Debian's packages, installed where they are missing (as root, or with sudo).
test-browser: $(READY)
	command -v chromium >/dev/null && command -v chromedriver >/dev/null || bash .ci/install-chromium
	$(BIN)/python -m pytest -m browser tests/browser

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
