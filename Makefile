# What a person does with a checkout.  `make run` on a fresh machine is all that is needed to see the product.

PYTHON ?= python3
PORT ?= 8000
# As many test processes as a small machine bears; more with `make test JOBS=8`.
JOBS ?= 2
BIN := .venv/bin

ROOMS := core parties ledger parts quotes orders production logistics quality questions inbox
SYNCED := .venv/.synced
MODULES := node_modules/.installed
ASSETS := src/penstock/hub/web/static/vendor/.copied
LANGUAGES := $(patsubst %.po,%.mo,$(wildcard src/penstock/hub/locale/*/LC_MESSAGES/django.po))

.PHONY: setup run test lint bench messages pictures clean

setup: $(SYNCED) $(ASSETS) $(LANGUAGES)

$(SYNCED): pyproject.toml uv.lock scripts/check_tools.sh
	@PYTHON=$(PYTHON) sh scripts/check_tools.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet "uv==$$(sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/\1/p;}' uv.lock)"
	$(BIN)/uv sync --frozen --quiet
	@touch $@

$(MODULES): package.json package-lock.json
	@PYTHON=$(PYTHON) sh scripts/check_tools.sh
	npm ci --silent --no-audit --no-fund
	@touch $@

$(ASSETS): $(MODULES) scripts/assets.py $(wildcard scripts/browser/*.js)
	$(PYTHON) scripts/assets.py
	@touch $@

%.mo: %.po | $(SYNCED)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

run: setup
	@exec $(BIN)/penstock up --demo --port $(PORT)

test: setup
	$(BIN)/pytest -n $(JOBS) -m "not service and not browser"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	PENSTOCK_HOME=var/lint $(BIN)/penstock manage makemigrations --check --dry-run $(ROOMS)
	PENSTOCK_HOME=var/lint $(BIN)/penstock openapi | diff -u docs/openapi.json - \
	  || { echo "docs/openapi.json is not what the code says: run penstock openapi > docs/openapi.json"; exit 1; }

bench: setup
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# Every string people read, and what the engines can say, for translators; the languages there are take on what is new.
messages: setup
	$(BIN)/python scripts/messages.py

# The pictures of README and docs, from a fresh demo.
pictures: setup
	$(BIN)/python scripts/pictures.py

# Everything that can be made again; the data in var/ is kept.
clean:
	rm -rf .venv node_modules dist $(dir $(ASSETS)) $(LANGUAGES) .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  .import_linter_cache var/test var/lint
	find src tests bench scripts -name __pycache__ -prune -exec rm -rf {} +
