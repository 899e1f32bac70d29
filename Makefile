# `make demo` shows tokens arriving; `make test` runs every check and test. Both set up what they need in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXAMPLE ?= examples/function-url

# moto and its friends would otherwise warn about their own future on every line.
export PYTHONWARNINGS ?= ignore::DeprecationWarning

.PHONY: help
help:
	@echo "make demo      apply examples/function-url on the local AWS and watch an answer stream"
	@echo "make test      run every check and test"
	@echo "make soak      the full counts of what make test samples"
	@echo "make smoke     apply examples/function-url on AWS, check it, destroy it (EXAMPLE=..., ARGS=options of the checks)"
	@echo "make bench     measure the function beside its peers, and write docs/benchmarks.md (ROUNDS=5; QUICK=1 to try)"
	@echo "make bench-local  what the whole way on the local AWS adds to each token"
	@echo "make package   rebuild dist/*.zip from handler/"
	@echo "make setup     make .venv with everything in it, and bring a browser for the tests"

.PHONY: demo
demo: need-terraform $(VENV)/.local-ready
	@$(BIN)/python -m localaws run $(EXAMPLE) -- $(BIN)/python -m localaws.demo

.PHONY: setup
setup: $(VENV)/.dev-ready node-packages browser

.PHONY: test
test: need-terraform $(VENV)/.dev-ready node-packages browser
	@echo "== style and types"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=modules/package $(BIN)/mypy modules/package/build.py modules/package/layer.py modules/package/target_pip.py
	@echo "== unit tests, and beside them Terraform and end-to-end tests, which mostly wait: each speaks when it has ended,"
	@echo "== after about six minutes"
	@$(MAKE) --no-print-directory --keep-going --jobs 2 --output-sync=target unit-tests end-to-end-tests

.PHONY: unit-tests
unit-tests:
	$(BIN)/coverage run -m pytest -q tests/unit
	$(BIN)/coverage report

# Three files at a time, which mostly wait: each Terraform process takes up to 600 MB.
.PHONY: end-to-end-tests
end-to-end-tests:
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --durations 8 -m 'not soak' tests/terraform tests/local

.PHONY: soak
soak: need-terraform $(VENV)/.dev-ready node-packages browser
	SOAK=1 $(BIN)/python -m pytest -q -m 'not soak' tests/unit tests/local/test_bad_input.py tests/local/test_many_streams.py \
	  tests/local/test_checks.py tests/local/test_chat_faults.py
	SOAK=1 $(BIN)/python -m pytest -q -m soak tests/local

# On AWS, with the credentials at hand: applies a root, checks it and destroys it, whatever the checks said.
.PHONY: smoke
smoke: need-terraform $(VENV)/.dev-ready
	@trap 'terraform -chdir=$(EXAMPLE) destroy -auto-approve -input=false' EXIT; \
	terraform -chdir=$(EXAMPLE) init -input=false && \
	terraform -chdir=$(EXAMPLE) apply -auto-approve -input=false && \
	$(BIN)/python -m pytest tests/postdeploy --terraform $(EXAMPLE) $(ARGS)

# Measures the function beside its peers; ROUNDS=1 QUICK=1 only tries that everything runs.
ROUNDS ?= 5
BENCH := build/bench
BENCH_PROGRAMS := $(addprefix $(BENCH)/,runtime_api bedrock floor passthrough resolve.so)

.PHONY: bench
bench: need-node need-cc $(VENV)/.dev-ready $(BENCH)/.python-ready bench/node/node_modules/.ready $(BENCH_PROGRAMS)
	$(BIN)/python -m bench --rounds $(ROUNDS) $(if $(QUICK),--quick)

# What lies between a client and Bedrock on the local AWS: no peers, but every part of the way.
.PHONY: bench-local
bench-local: need-terraform $(VENV)/.dev-ready
	$(BIN)/python -m localaws run examples/function-url -- $(BIN)/python bench/added_latency.py

$(BENCH)/%: bench/c/%.c bench/c/http.h bench/c/runtime.h
	@mkdir -p $(BENCH)
	$(CC) -O2 -std=gnu11 -Wall -Wextra -pthread -o $@ $<

$(BENCH)/resolve.so: bench/c/resolve.c
	@mkdir -p $(BENCH)
	$(CC) -O2 -std=gnu11 -Wall -Wextra -shared -fPIC -o $@ $<

# An environment of their own: what tests need has no place in a cold start.
$(BENCH)/.python-ready: bench/requirements.txt $(VENV)/.dev-ready
	@echo "== installing what the benchmark compares with, for Python"
	@$(PYTHON) -m venv --clear --without-pip $(BENCH)/python
	@$(BIN)/python -m pip --python $(BENCH)/python/bin/python install --quiet --disable-pip-version-check -r $<
	@touch $@

bench/node/node_modules/.ready: bench/node/package.json bench/node/package-lock.json
	@echo "== installing what the benchmark compares with, for Node.js (minutes: AWS's client compiles its own curl)"
	@cd bench/node && npm ci --silent
	@touch $@

.PHONY: need-cc
need-cc:
	@command -v $(CC) >/dev/null || { \
	  echo "make bench needs a C compiler: its clocks and one of the contenders are in C (apt install gcc)"; \
	  exit 1; }

.PHONY: package
package:
	$(PYTHON) modules/package/build.py handler dist

.PHONY: need-terraform
need-terraform:
	@command -v terraform >/dev/null || { \
	  echo "terraform is not on the PATH: install Terraform 1.9 or newer (developer.hashicorp.com/terraform/install)"; \
	  exit 1; }

# The clients of streams that are npm packages: tests run them, nothing else does.
.PHONY: node-packages
node-packages: need-node tests/node/node_modules/.ready

tests/node/node_modules/.ready: tests/node/package.json tests/node/package-lock.json
	@echo "== installing the npm packages that the tests read streams with (about 10 seconds)"
	@cd tests/node && npm ci --silent
	@touch $@

.PHONY: need-node
need-node:
	@command -v npm >/dev/null && node -e 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)' || { \
	  echo "the tests need Node.js 20 or newer with npm on the PATH (nodejs.org)"; \
	  exit 1; }

# Asked each time, as a browser may go. Without one this says what to install, and only the tests that need it fail.
.PHONY: browser
browser: $(VENV)/.dev-ready
	@PYTHONPATH=tests $(BIN)/python -m support.chromium || true

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is older than Python 3.11: install a newer one, or name it as in 'make PYTHON=python3.13 demo'"; \
	  exit 1; }
	@echo "== making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The demo needs less than the tests: a first look should not wait for linters.
$(VENV)/.local-ready: $(VENV)/.created pyproject.toml
	@echo "== installing the local AWS (about 20 seconds)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local]'
	@touch $@

$(VENV)/.dev-ready: $(VENV)/.created pyproject.toml
	@echo "== installing the local AWS and the test tools (about 30 seconds)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.local-ready
