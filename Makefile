# Two commands matter: `make site` and `make test`. Both make the environment first, if need be.
# GNU make and a POSIX shell; Python 3.11, 3.12 or 3.13. Without make: see Windows in README.md.

PYTHON ?= python3
PORT ?= 8000

HOST_PATH := $(PATH)
# nbgrader starts other programs of the environment by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Without stored bytecode each of hundreds of processes would compile the laboratory anew.
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
ENVIRONMENT := .venv/.installed
PEERS := .venv-peers/.installed
MUTATION := .venv-mutation/.installed
BOOK := $(wildcard book/*.ipynb)
SOLUTIONS := $(wildcard solutions/*/*.ipynb solutions/*/instructor/*.ipynb)
PYTEST := $(BIN)/python -m pytest -q
NBVAL := --nbval --nbval-current-env --nbval-sanitize-with tools/nbval.cfg --nbval-cell-timeout=300
CHECKED := src tests tools book solutions nbgrader_config.py setup.py

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help environment site html serve browser check test test-fast coverage notebooks chapter exercises release bench planted mutation peers releases clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

environment: $(ENVIRONMENT)  ## make .venv with everything that the other targets need

$(ENVIRONMENT): requirements.txt $(filter-out requirements/peers.txt requirements/mutation.txt,$(wildcard requirements/*.txt)) pyproject.toml setup.py
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    PATH="$(HOST_PATH)"; \
	    version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	    case "$$version" in \
	        3.11|3.12|3.13) ;; \
	        "") echo "$(PYTHON): not found; install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=python3.12" >&2; exit 1 ;; \
	        *) echo "$(PYTHON): it is Python $$version; install 3.11, 3.12 or 3.13 and name it: make PYTHON=python3.12" >&2; exit 1 ;; \
	    esac; \
	    "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	        echo "$(PYTHON): it cannot make an environment (no ensurepip); on Debian and Ubuntu: apt-get install python$$version-venv" >&2; exit 1; }; \
	    "$(PYTHON)" -m venv --clear .venv; \
	fi
	@echo "Installing into .venv. It takes about 3 GB, and a few minutes the first time."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

site: html  ## build the site in _build/html
	@echo
	@echo "The site is in _build/html. Open _build/html/index.html in a browser, or run: make serve"

# All pages, each time: a page that is kept from before keeps its warnings to itself. A site with
# a warning is removed, so that nobody ships it by mistake.
html: $(ENVIRONMENT)
	@rm -rf _build/html
	@$(BIN)/jupyter-book build . --all --path-output . -W -n --keep-going -q \
	    || { rm -rf _build/html; exit 1; }

serve: html  ## build the site and serve it at http://localhost:8000 (another port: PORT=8080)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null \
	    || { echo "port $(PORT) is taken; name another: make serve PORT=8080" >&2; exit 1; }
	@echo "http://localhost:$(PORT)  (stop with Ctrl-C)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

browser: $(ENVIRONMENT)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
	    || command -v chromium-browser >/dev/null || $(BIN)/playwright install chromium

check: $(ENVIRONMENT)  ## check style, types, layers and spelling; under a minute
	@$(BIN)/ruff check $(CHECKED)
	@$(BIN)/ruff format --check --quiet $(CHECKED)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/codespell

test: check browser html  ## run every check and test: code, docstrings, quiz, site, and all notebooks
	@echo "== tests, examples in docstrings and README.md, and every stored output of a notebook"
	@$(PYTEST) -n 5 --doctest-modules --doctest-glob=README.md $(NBVAL) \
	    tests src/prefetchlab README.md $(BOOK) $(SOLUTIONS)
	@echo "Every test passed."

test-fast: check  ## run what takes no browser, kernel, service or measuring; under two minutes
	@echo "== tests; left out: notebooks, answers to assignments, the ledger, the banks, and whatever"
	@echo "   needs a browser, a kernel, a service, nbgrader or measuring: make test runs them"
	@$(PYTEST) -n 3 -m "not long" --ignore tests/test_assignments.py tests

# Apart from `make test`, because counting takes a minute.
coverage: browser html  ## run the tests, and report the lines and branches that none of them reaches
	@$(PYTEST) -n 3 tests --cov

notebooks: $(ENVIRONMENT)  ## run all notebooks, store their outputs, and normalise them
	@$(BIN)/jupyter nbconvert --to notebook --execute --inplace --coalesce-streams \
	    --ExecutePreprocessor.record_timing=False $(BOOK) $(SOLUTIONS)
	@$(BIN)/python -m tools.normalise $(BOOK) $(SOLUTIONS)

chapter: $(ENVIRONMENT)  ## begin a chapter: make chapter NAME=4-buffer-size TITLE="How many slots"
	@$(BIN)/python -m tools.new_chapter "$(NAME)" "$(TITLE)"

exercises: $(ENVIRONMENT)  ## generate exercises/ from solutions/
	@$(BIN)/python -m tools.exercises

release: $(ENVIRONMENT)  ## build what students get, one zip an assignment, in _build/release
	@$(BIN)/python -m tools.release

bench: $(ENVIRONMENT)  ## measure the figures that the course promises; writes bench.json
	@$(BIN)/python -m tools.bench

planted: $(ENVIRONMENT)  ## plant faults in copies of the course, and see that its tests notice each
	@$(BIN)/python -m tests.planted

$(MUTATION): requirements/mutation.txt | $(ENVIRONMENT)
	@$(BIN)/python -m venv --clear .venv-mutation
	@.venv-mutation/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

mutation: $(MUTATION)  ## change one place of the laboratory after another, and list what no test notices
	@$(BIN)/python -m tools.mutation --count 600

# In an environment of its own, because it is large and nothing else needs it.
$(PEERS): requirements/peers.txt requirements/laboratory.txt | $(ENVIRONMENT)
	@.venv-peers/bin/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m venv --clear .venv-peers
	@echo "Installing PyTorch and Grain into .venv-peers. It takes up to 8 GB, and a few minutes."
	@for what in "-r requirements/peers.txt" "--no-deps -e ."; do \
	    .venv-peers/bin/python -m pip install --quiet --disable-pip-version-check $$what 2>.venv-peers/pip.log || { \
	        why=$$(sed -n '/Ignored the following/d; s/^ *[Ee][Rr][Rr][Oo][Rr]: //p' .venv-peers/pip.log | head -n 1); \
	        echo "peers: $${why:-pip failed}; all of it is in .venv-peers/pip.log" >&2; exit 1; }; \
	done
	@touch $@

peers: $(PEERS)  ## measure tf.data beside PyTorch and Grain, 3 minutes; writes book/peers.json
	@.venv-peers/bin/python -m tools.peers --json book/peers.json

# In an environment for each release, 2 GB and more each. What was found before Ctrl-C is kept in
# them, and the next run goes on from there. Fails if something does not stand; the file is written.
releases: $(ENVIRONMENT)  ## prove ledger and banks with each TensorFlow; writes book/releases.json
	@$(BIN)/python -m tools.releases --json book/releases.json

clean:  ## remove the site and all caches; each .venv stays
	@rm -rf _build .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis bench.json
	@find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
