# make train, make test and make lint each do their own set-up; the second of them finds everything there.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP := -m pip install --quiet --disable-pip-version-check -c constraints.txt
# bf16 halves the encoder's time where the processor has it
PRECISION := $(shell grep -qs avx512_bf16 /proc/cpuinfo && echo bf16 || echo 32)

.PHONY: install train test test-slow test-wheel robustness lint format clean
install: $(READY)

# torch comes first and alone, so that a CPU build is taken where pip finds one; pip's default on Linux brings CUDA libraries.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) torch
	$(BIN)/python $(PIP) -e ".[dev]"
	touch $@

# The floor and the main model, then the second beside the first with the paired difference.
train: $(READY)
	$(BIN)/python -m src.train model=tfidf run_dir=outputs/tfidf
	$(BIN)/python -m src.train model=hier_crf trainer.precision=$(PRECISION) run_dir=outputs/hier_crf
	$(BIN)/python -m src.evaluate predictions=outputs/hier_crf/predictions-test.jsonl data=embedded \
		compare_to=outputs/tfidf/predictions-test.jsonl run_dir=outputs/hier_crf-beside-tfidf

# Five minutes on two cores at most; what is slower is marked so.
test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow and not browser" -n 2 --dist worksteal

# Slow tests, and the report in a real browser: Debian's packages, installed where they are missing (as root, or with sudo).
test-slow: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -n 2 --dist worksteal
	command -v chromium >/dev/null && command -v chromedriver >/dev/null || bash .ci/install-chromium
	$(BIN)/python -m pytest -m browser tests/browser

# What a user installs: the wheel with its dependencies alone in an environment of its own, used from another folder.
test-wheel: $(READY)
	PYTHON=$(PYTHON) bash .ci/test-wheel

# Broken files, kills and full disks by the thousand, some twenty minutes; what came of them is in notebooks/robustness.md.
robustness: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.robustness

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis
