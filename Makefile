# Two commands: `make report` judges everything that ships, `make test` judges the judge.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := poolproof-out

# The release that the published figures were made with; the torch extra asks for any.
TORCH := torch==2.13.0

REPORT_INSTALLED := $(VENV)/.installed-for-report
TEST_INSTALLED := $(VENV)/.installed-for-test

# The tests that reach every line of the reference and of the comparisons: traced alone, as tracing
# makes all the others take nearly twice as long.
COVERING := tests/test_reference.py tests/test_reference_calls.py tests/test_nonconformance.py

.PHONY: report test site clean

# Status 1 says that some engine does not conform, which is what a report is for.
report: $(REPORT_INSTALLED)
	@mkdir -p $(OUT)
	@status=0; \
	$(BIN)/poolproof run --json $(OUT)/report.json --html $(OUT)/report.html \
	    --junit $(OUT)/junit.xml || status=$$?; \
	case $$status in \
	0) echo "poolproof exited with 0: every implementation conforms" ;; \
	1) echo "poolproof exited with 1: at least one implementation does not conform" ;; \
	*) echo "poolproof exited with $$status: there is no report" >&2; exit $$status ;; \
	esac; \
	echo "report: $(OUT)/report.html"

test: $(TEST_INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m conformance.zoo.matrix --check
	$(BIN)/pytest -n auto --dist loadfile $(COVERING:%=--ignore=%)
	$(BIN)/pytest -n auto $(COVERING) --cov=reference --cov=conformance.nonconformance \
	    --cov-report=term --cov-fail-under=100

# Any warning, such as a link that leads nowhere, stops it; the tests build it as well.
site: $(TEST_INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo "site: $(OUT)/site/index.html"

clean:
	rm -rf $(VENV) $(OUT) build dist .coverage .coverage.* \
	    .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find reference implementations conformance tests docs -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A stamp is older than pyproject.toml when the dependencies may have changed.
$(REPORT_INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[torch,onnxruntime]' '$(TORCH)'
	@touch $@

$(TEST_INSTALLED): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[torch,onnxruntime,docs,test]' '$(TORCH)'
	@touch $@
