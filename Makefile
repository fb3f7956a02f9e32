# The developer's vocabulary; `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VAR := $(abspath $(or $(STOREFLEET_VAR),var))
VENV := $(VAR)/venv/bin
export PATH := $(VAR)/bin:$(PATH)
REST := cluster or built or postgresql or browser or long
FAST := not ($(REST) or lifecycle or tls)
# What starts a process for each operation and each test must not compile our modules every time.
unexport PYTHONDONTWRITEBYTECODE
# Only as an argument of make: BASE in somebody's environment means something else.
ifeq ($(origin BASE),command line)
export STOREFLEET_BASE := $(BASE)
endif
.DEFAULT_GOAL := help

.PHONY: help demo dashboard dashboard-stop dashboard-dev testtools up down reset status images load-images publish-images fetch-vendor platform store destroy-store update-stores stores preview check test test-images test-lifecycle test-tls dashboard-images connect types-of-tools types-of-programs
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: up ## [ENGINE=…] [NAME=…]: from a bare machine to a first store, made through the dashboard
	@$(PYTHON) -m commands.demo $(if $(ENGINE),--engine "$(ENGINE)") $(if $(NAME),--name "$(NAME)")

dashboard: ## start the dashboard in the background, on 127.0.0.1:8088
	@$(PYTHON) -m commands.dashboard start

dashboard-stop: ## stop it; what waits stays in its queue
	@$(PYTHON) -m commands.dashboard stop

dashboard-dev: ## run it in the foreground on a fake provisioner
	@$(PYTHON) -m commands.dashboard dev

up: ## build what is missing; start cluster and platform
	@$(PYTHON) -m commands.ground
	@$(MAKE) --no-print-directory platform

down: ## stop dashboard and embedded cluster; data stays
	@$(PYTHON) -m commands.dashboard stop
	@$(PYTHON) -m cluster down

reset: ## stop both and delete their data: stores, state, certificates, queue
	@$(PYTHON) -m commands.dashboard reset
	@$(PYTHON) -m cluster reset

status: ## each part of the embedded cluster
	@$(PYTHON) -m cluster status

images: ## [ENGINE=…|all] [BASE=local|upstream]: build the images that changed and load them; those of one engine alone when it is named
	@$(PYTHON) -m images build $(if $(ENGINE),--engine "$(ENGINE)")

load-images: ## load them into kind, k3d, minikube or Docker Desktop, by KUBECONFIG's context
	@$(PYTHON) -m images load

publish-images: ## REGISTRY=host/path: push them and write images/published.json for production
	@$(PYTHON) -m images publish "$(REGISTRY)"

fetch-vendor: ## on a connected machine: fetch WooCommerce's zip, hash-checked
	@$(PYTHON) -m images fetch

$(VENV)/python:
	@echo "error: nothing is built yet"$$'\n'"  cure: run 'make up', or 'make demo'" >&2; exit 1

platform: ## [DASHBOARD=none|cluster]: bring the platform stack `local` up
	@$(PYTHON) -m commands.platform --public-port $$(cat $(VAR)/cluster/ingress-port 2>/dev/null || echo 80) $(if $(DASHBOARD),--dashboard "$(DASHBOARD)")

dashboard-images: ## build and load the images of a dashboard in the cluster
	@$(PYTHON) -m images build --engine dashboard

connect: ## reach the state of a dashboard in the cluster from this machine
	@$(PYTHON) -m commands.connect

store: $(VENV)/python $(if $(ENGINE),images platform) ## NAME=x [TITLE=…] [ENGINE=…] [PLAN=…] [SET="currency=USD samples=false"]: create or bring up to date
	@$(VENV)/python -m terminal create $(if $(TITLE),--title "$(TITLE)") $(if $(ENGINE),--engine "$(ENGINE)") \
	  $(if $(PLAN),--plan "$(PLAN)") $(foreach setting,$(SET),--set "$(setting)") "$(NAME)"

destroy-store: $(VENV)/python ## NAME=x: take a store away with everything it had
	@$(VENV)/python -m terminal destroy "$(NAME)"

preview: $(VENV)/python ## [STACKS="a b"] [FORMAT=text|markdown] [JOBS=2] [STRICT=1] [OFFLINE=1] [BASE_REF=…]: what this checkout would change in every stack; changes nothing
	@$(VENV)/python -m previews $(if $(FORMAT),--format "$(FORMAT)") $(if $(JOBS),--jobs "$(JOBS)") $(if $(STRICT),--strict) \
	  $(if $(OFFLINE),--offline) $(if $(BASE_REF),--base "$(BASE_REF)") -- $(STACKS)

update-stores: ## [STORES="a b"]: bring stores of the dashboard up to date, one after the other; stops at the first that fails
	@$(PYTHON) -m commands.update $(STORES)

stores: $(VENV)/python ## list the stores
	@$(VENV)/python -m terminal list

check: ## the fast part: lint, types, programs under mocks, charts, the dashboard on its fakes
	@$(VENV)/ruff check . && $(VENV)/ruff format --check .
	@$(MAKE) --no-print-directory -j2 types-of-tools types-of-programs
	@$(VENV)/pytest -n auto --dist loadfile -m "$(FAST)"

types-of-tools:
	@$(VENV)/mypy toolbox cluster images commands benchmarks dashboard previews terminal tests

types-of-programs: # Two caches, because both have a __main__; the second begins as a copy: reading the provider's library is most of the work.
	@cd platform && $(VENV)/mypy --cache-dir ../.mypy_cache/platform .
	@[ -d .mypy_cache/stores ] || cp -a .mypy_cache/platform .mypy_cache/stores
	@cd stores && $(VENV)/mypy --cache-dir ../.mypy_cache/stores .

testtools: ## install what the tests need besides: Debian's PostgreSQL, chromium, Node, podman, a registry, axe from npm
	@$(PYTHON) -m commands.testtools
	@$(PYTHON) -m commands.browsertools

test-images: up # of every engine: within a test the first build of some would be its time-out
	@$(PYTHON) -m images build --engine all

test: up testtools check test-images ## everything, on the cluster that is there or on one that it starts
	@KUBECONFIG=$${KUBECONFIG:-$(VAR)/cluster/admin.kubeconfig} $(VENV)/pytest -n 2 --dist loadgroup -rs -m "$(REST)"

test-lifecycle: up ## start, stop, kill and reboot of the embedded cluster itself: it stops the stores meanwhile
	@$(VENV)/pytest -m lifecycle

test-tls: testtools test-images ## a store under TLS by a real cert-manager and a real ACME server, which take minutes to compile
	@KUBECONFIG=$(VAR)/cluster/admin.kubeconfig $(VENV)/pytest -m tls
