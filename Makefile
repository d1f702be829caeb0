# Two commands do everything: `make run` and `make test`. The rest is for those who work on Bongsu.
PYTHON ?= python3
NODE ?= node
VENV ?= .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard bongsu/*/locale/*/LC_MESSAGES/django.po)

unexport PYTHONDONTWRITEBYTECODE # the tests start many processes: each would compile all of Bongsu anew

.PHONY: types suite demo-call demo-credits kills postgres stateful membership run test coverage mutants mutants-again test-versions bench oracles docs clean

run: $(VENV)/node.stamp  ## A node in ./node, with its first releases and its duties, on http://localhost:8000
	@test -f $(NODE)/node.toml || $(BIN)/bongsu init $(NODE)
	@$(BIN)/bongsu take --node $(NODE)
	@$(BIN)/bongsu build --node $(NODE)
	@$(BIN)/bongsu serve --tend --node $(NODE)

test: $(VENV)/test.stamp  ## All that CI runs: types, which need one processor, beside the rest
	@$(MAKE) -j 2 --no-print-directory types suite

types: $(VENV)/test.stamp
	$(BIN)/mypy

suite: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/reference.py --check
	$(BIN)/pytest -n 2 --dist worksteal

coverage: $(VENV)/test.stamp  ## Lines and branches that the tests run, into docs/quality.md
	rm -rf build/coverage
	$(BIN)/coverage run -m pytest -n 2 -p tools.mutants.recording
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --skip-covered
	$(BIN)/python -m tools.mutants coverage

ROOM ?= core
COUNT ?= 150
SEED ?= 1
mutants: $(VENV)/test.stamp  ## Errors planted in ROOM that the tests notice, into docs/quality.md; after make coverage
	$(BIN)/python -m tools.mutants run $(ROOM) --count $(COUNT) --seed $(SEED)

mutants-again: $(VENV)/test.stamp  ## The survivors of ROOM again, after tests were added and make coverage was run
	$(BIN)/python -m tools.mutants again $(ROOM)

test-versions:  ## The suite on every supported Python that this machine has, each in an environment of its own
	@for version in 3.11 3.12 3.13; do \
		if command -v python$$version >/dev/null && python$$version -c "" 2>/dev/null; then \
			echo "== Python $$version"; \
			$(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
		else echo "== Python $$version is not installed here"; fi; \
	done

bench: $(VENV)/test.stamp  ## Side-by-side timings; each prints a ratio (docs/benchmarks.md)
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

demo-credits: $(VENV)/node.stamp  ## Three days of payments with payback in half a minute, on a node of its own that is kept
	@$(BIN)/python -m tools.demo_credits

demo-call: $(VENV)/node.stamp  ## A call for GPU hours from its opening to an award, on a node of its own that is kept
	@$(BIN)/python -m tools.demo_call

KILLS_SECONDS ?= 600
kills: $(VENV)/test.stamp  ## Ten minutes of payments, refunds and random kills of the processes that make them
	BONGSU_KILLS_SECONDS=$(KILLS_SECONDS) $(BIN)/pytest -q tests/credits/test_kills.py

postgres: $(VENV)/test.stamp  ## Every test of records on PostgreSQL: make test runs a third of them, another one each day
	$(BIN)/pytest -n 2 --whole-postgres tests/people/test_postgres.py

stateful: $(VENV)/test.stamp  ## Ten minutes of random commands beside a ledger kept on paper
	BONGSU_STATEFUL_EXAMPLES=600 $(BIN)/pytest -q tests/credits/test_stateful.py

oracles:  ## Copyleft programs that tests compare with, in an environment of their own: nothing here imports them
	$(PYTHON) -m venv build/oracles
	build/oracles/bin/python -m pip install --quiet --disable-pip-version-check "beancount>=3.2,<4"

RUNS ?= 10000
membership: $(VENV)/test.stamp  ## What answers in mode private show of one person, over RUNS draws, beside the stated epsilon
	$(BIN)/python -m tools.membership --runs $(RUNS)

docs: $(VENV)/test.stamp  ## Writes docs/reference anew
	$(BIN)/python docs/reference.py

clean:  ## Removes what was installed; never a node
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Bongsu needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

# uv installs in a third of the time. Where it fails, pip tries: it reads settings of its own, of mirrors and certificates.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
define install
	$(PIP) uv && $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python -c constraints.txt -e ".[$(EXTRAS)]" \
		|| $(PIP) -e ".[$(EXTRAS)]"
endef

$(VENV)/node.stamp: EXTRAS = node
$(VENV)/node.stamp: $(VENV)/bin/python pyproject.toml constraints.txt hatch_build.py $(CATALOGUES)
	$(install)
	@touch $@

$(VENV)/test.stamp: EXTRAS = node,postgres,test
$(VENV)/test.stamp: $(VENV)/bin/python pyproject.toml constraints.txt hatch_build.py $(CATALOGUES)
	$(install)
	@touch $@ $(VENV)/node.stamp
