# `make` lists the targets. Each installs what it needs first; settings come from .env (see .env.example).

# What a user may set, here by name. Its value is text: make does not expand it, and a recipe reads it from its
# environment ("$$NAME"), so that no shell interprets it either. A flag is $(call flag,NAME,--option).
override VARIABLES := ARGS AT COMPOSE CSV DRY_RUN END FORCE FROM FULL_REFRESH MINUTES NEW_HISTORY PYTHON QUERY SEED \
	SELECT SERVICE SYMBOL SYMBOLS TO UNDO WEEK
# make would also expand whatever else stands on its command line, to export it.
override ON_COMMAND_LINE := $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))
$(foreach name,$(sort $(VARIABLES) $(ON_COMMAND_LINE)),$(eval override $(name) := $$(value $(name)))$(eval export $(name)))

ifeq ($(PYTHON),)
override PYTHON := python3
endif
# With Podman: make docker-up COMPOSE="podman compose"
ifeq ($(COMPOSE),)
override COMPOSE := docker compose
endif
override BIN := .venv/bin
override STOCKLAKE := $(BIN)/python -m include.commands
override STAMP := .venv/.synced
# Real payloads are no part of the project: tests of them run where a folder of them lies beside it.
override TESTS := $(BIN)/python -m pytest $(if $(wildcard ../shared/captures),--captures=../shared/captures)
override LONG := all_pipelines killed_publication what_is_killed demo_stack full_disk second_stack upgraded_home
override OFF := 0 no false No False
override flag = $(if $(filter-out $(OFF),$($1)),$2)
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

##@ The stack

.PHONY: help
help: ## This list
	@[ ! -t 1 ] || [ -n "$$NO_COLOR" ] || colour=36; \
	awk -v colour="$$colour" -v width=80 -v margin=18 ' \
		BEGIN {FS = ":.*## "; if (colour) {on = "\033[" colour "m"; off = "\033[0m"}} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / { \
			printf "  %s%s%s%*s", on, $$1, off, margin - length($$1) - 2, ""; \
			used = margin; count = split($$2, words, " "); \
			for (i = 1; i <= count; i++) { \
				if (used > margin && used + 1 + length(words[i]) > width) {printf "\n%*s", margin, ""; used = margin} \
				if (used > margin) {printf " "; used++} \
				printf "%s", words[i]; used += length(words[i]) \
			} \
			print "" \
		}' Makefile

.PHONY: up
up: $(STAMP) ## Install, start everything, run the pipeline once, show what was built
	@$(STOCKLAKE) up

.PHONY: down
down: $(STAMP) ## End every process of the stack; the data stays
	@$(STOCKLAKE) down

.PHONY: status
status: $(STAMP) ## What runs, and where
	@$(STOCKLAKE) status

.PHONY: dashboard
dashboard: $(STAMP) ## Open the dashboard, started here if the stack does not run
	@$(STOCKLAKE) dashboard

.PHONY: clean
clean: $(STAMP) ## Remove the stack's data, logs and secrets (FORCE=1 even where bronze cost credits)
	@$(STOCKLAKE) clean $(call flag,FORCE,--force)

.PHONY: demo
demo: $(STAMP) ## Restatements, a quarantine, a failure, on a stack of its own beside yours (END=1 removes it)
	@$(STOCKLAKE) demo $(call flag,END,--end)

##@ The pipeline

.PHONY: run
run: $(STAMP) ## Run the pipeline and follow it (SYMBOLS=IBM,AAPL for some, FORCE=1 to fetch all the same)
	@$(STOCKLAKE) run --symbols="$$SYMBOLS" $(call flag,FORCE,--force)

.PHONY: replay
replay: $(STAMP) ## Rebuild silver from bronze, no API call (SYMBOLS=, FROM=, TO=, DRY_RUN=1, NEW_HISTORY=1)
	@$(STOCKLAKE) replay --symbols="$$SYMBOLS" --since="$$FROM" --until="$$TO" \
		$(call flag,NEW_HISTORY,--new-history) $(call flag,DRY_RUN,--dry-run)

.PHONY: accept
accept: $(STAMP) ## Believe a quarantined week, no API call (SYMBOL=IBM WEEK=2013-02-15; UNDO=1 withdraws it)
	@$(STOCKLAKE) accept $(call flag,UNDO,--undo) -- "$$SYMBOL" "$$WEEK"

.PHONY: as-of
as-of: $(STAMP) ## A series as it was known then, against now (SYMBOL=IBM AT=2013-03-02; CSV=1 for all rows)
	@$(STOCKLAKE) as-of $(call flag,CSV,--csv) -- "$$SYMBOL" "$$AT"

.PHONY: sql
sql: $(STAMP) ## psql as the read-only analyst (make -s sql QUERY="select …" prints CSV)
	@$(STOCKLAKE) sql -- "$$QUERY"

##@ dbt

.PHONY: dbt-deps
dbt-deps: $(STAMP) ## Install the dbt packages, from the hub or from the project
	@$(STOCKLAKE) dbt-deps

.PHONY: dbt-run
dbt-run: $(STAMP) ## Check and publish gold from the shell (SELECT= builds and checks a part, FULL_REFRESH=1)
	@$(STOCKLAKE) dbt-run --select="$$SELECT" $(call flag,FULL_REFRESH,--full-refresh)

.PHONY: dbt-test
dbt-test: $(STAMP) ## Run all tests of dbt: units, rows, whole tables (SELECT=)
	@$(STOCKLAKE) dbt-test --select="$$SELECT"

.PHONY: dbt-docs
dbt-docs: $(STAMP) ## The catalogue and the lineage, as one page
	@$(STOCKLAKE) dbt-docs

##@ The same in containers

.PHONY: docker-secrets
docker-secrets: ## Add to .env the secrets that it lacks
	@"$$PYTHON" -m include.containers.dot_env

.PHONY: docker-build
docker-build: docker-secrets ## Build the image
	@$$COMPOSE build

.PHONY: docker-up
docker-up: docker-secrets ## Build the image, start everything, wait until all of it is healthy
	@$$COMPOSE up --build --detach --wait || { $$COMPOSE logs --tail 5 db-migration migrate; exit 1; }
	@echo "Dashboard  http://$$($$COMPOSE port dashboard 8501)"
	@echo "Airflow    http://$$($$COMPOSE port api-server 8080)  user admin, password AIRFLOW_ADMIN_PASSWORD in .env"

.PHONY: docker-down
docker-down: ## End and remove the containers; the data stays in its volumes
	@$$COMPOSE --profile tunnel down

.PHONY: docker-run
docker-run: ## Run the pipeline in the containers and follow it (SYMBOLS=, FORCE=1)
	@$$COMPOSE exec scheduler python -m include.commands run --symbols="$$SYMBOLS" $(call flag,FORCE,--force)

.PHONY: docker-logs
docker-logs: ## Follow what the containers write (SERVICE=scheduler for one)
	@$$COMPOSE logs --follow --tail 100 $${SERVICE:+"$$SERVICE"}

.PHONY: docker-test
docker-test: $(STAMP) ## Build, start, run, restart, upgrade and remove the containers on a real engine
	@$(BIN)/python -m pytest -x -v -s --no-header --durations=0 tests/containers/real_engine.py

##@ Development

.PHONY: check
check: lint ## Lint and unit tests, before a commit
	@$(TESTS) tests/unit

.PHONY: test
test: $(STAMP) ## All tests, in two processes (ARGS="-k name" for some, ARGS="-n 0 --pdb" in one)
	@PYTEST_ADDOPTS="$$PYTEST_ADDOPTS -n 2 $$ARGS" $(TESTS)

.PHONY: test-proofs
test-proofs: $(STAMP) ## Try each property of the numbers with 20 times as many examples, others in each call (minutes)
	@$(TESTS) -v -m hypothesis --hypothesis-profile=proof tests/unit

.PHONY: test-kill
test-kill: $(STAMP) ## Kill Postgres, dbt and workers at every point of a build of gold (MINUTES=60, SEED= for the same order)
	@$(BIN)/python -m tests.dbt.kill_round

.PHONY: test-stacks
test-stacks: $(STAMP) ## What takes Airflow long: all pipelines, kills, a full disk, the demo, two users, an upgrade
	@$(TESTS) -v $(LONG:%=tests/airflow_stack/%.py)

.PHONY: lint
lint: $(STAMP) ## Look: ruff, mypy, import-linter, SQLFluff, hadolint, the schemas of compose and workflow files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/sqlfluff lint dbt_project
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

.PHONY: fix
fix: $(STAMP) ## Change what the linters can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix dbt_project

.PHONY: bench
bench: $(STAMP) ## Measure the speed, side by side with other ways
	@$(BIN)/python -m tests.benchmarks

.PHONY: audit-mem
audit-mem: $(STAMP) ## Measure the memory of Polars and pandas, side by side
	@$(BIN)/python -m tests.benchmarks.memory

.PHONY: lock
lock: $(STAMP) ## Renew requirements.lock from requirements.txt
	@$(BIN)/uv pip compile --universal --python-version 3.11 --quiet --upgrade \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		requirements.txt --output-file requirements.lock

# Written last: an installation that was killed half-way is done again.
$(STAMP): requirements.lock include/local_stack/install.py
	@"$$PYTHON" include/local_stack/install.py
