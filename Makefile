# Two commands: `make run` starts everything, `make test` runs all tests. Each sets up what it needs.
# PYTHON=python3.12 chooses the interpreter of .venv.

.PHONY: install run test test-long mutants bench lint
.DEFAULT_GOAL := run
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

OURS := .venv/bin/python
# So many run tests side by side, each a file at a time with clusters of its own; 0 for one after another.
WORKERS ?= 2
# Any python3 will do to look for a better one.
ANY := $(shell for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c pass >/dev/null 2>&1 && echo "$$name" && break; done)

install:
	@test -n "$(ANY)" || { echo 'make: Python 3.11 to 3.14 is needed: for example `apt-get install python3 python3-venv`' >&2; exit 1; }
	@"$(ANY)" -I registry/ops/bootstrap.py $(PYTHON)

run: install
	@exec $(OURS) -P -m registry.cli.main up --dev

# Coverage goes to a directory of this run's own, so that two runs do not mix; what killed processes left there is no data.
test: install
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && export COVERAGE_FILE="$$data/coverage" && \
	$(OURS) -m coverage run -m pytest -m "not long" -n $(WORKERS) --dist loadfile $(TESTS) && \
	$(OURS) -m coverage combine -q && rm -f "$$data"/coverage.* && \
	$(OURS) -m coverage report --fail-under=90 && \
	$(OURS) -m coverage report --fail-under=100 --include='consent/*,schemas/compartments.py,registry/crypto/*'

test-long: install
	@$(OURS) -m pytest -m long --timeout=3600 $(TESTS)

# Says which small faults no test finds. MUTANTS="crypto policy" tries every one there; of the keeper a sample is enough.
mutants: install
	@$(OURS) -m tests.second.mutating $(or $(MUTANTS),policy crypto keeper --sample 300 --minutes 60)

bench: install
	@$(OURS) -P -m registry.cli.main bench

lint: install
	@$(OURS) -m ruff format --check .
	@$(OURS) -m ruff check .
	@$(OURS) -m mypy
