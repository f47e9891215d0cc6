# Ventanilla. `make help` says what there is; `make up` is the way in.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Where cargo builds: what is given, else a folder shared by all checkouts if there is one, else ./target.
CARGO_TARGET_DIR ?= $(or $(wildcard $(HOME)/.cache/ventanilla/target),$(CURDIR)/target)
export CARGO_TARGET_DIR

# The gateway is a workspace of its own (some 660 crates); its router asks for a newer compiler than it needs.
GATEWAY_TARGET := $(CARGO_TARGET_DIR)/gateway
GATEWAY_CARGO = cd graphql/gateway && CARGO_TARGET_DIR=$(GATEWAY_TARGET) cargo
export VENTANILLA_GATEWAY := $(GATEWAY_TARGET)/release/gateway

VENTANILLA := $(CARGO_TARGET_DIR)/debug/ventanilla
RELEASED := $(CARGO_TARGET_DIR)/release/ventanilla

# Where a whole run of the bench leaves its rows.
RESULT ?= $(if $(ONLY),,docs/bench/latest.json)

# The set of servers that `up` and `down` mean: .run/dev.
NAME ?= dev

.PHONY: help up down wipe build gateway test check fmt generate graph bench build-times chaos history

help: ## what there is
	@echo 'make TARGET   (settings: NAME=dev, CARGO_TARGET_DIR, the VENTANILLA_… URLs of servers you have)'; echo
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{ printf "  %-11s %s\n", $$1, $$2 }'

up: ## servers, build, migrate, then all services with two demo tenants on http://127.0.0.1:8080 (Ctrl-C ends it)
	@scripts/servers up --name $(NAME)
	@$(MAKE) build gateway
	@. .run/$(NAME)/env; $(VENTANILLA) migrate; \
	trap : INT; `# Ctrl-C is for the services; the servers go on until make down` \
	$(VENTANILLA) up || { status=$$?; [ $$status = 130 ] || exit $$status; }

down: ## stop the servers of `make up`, keep their data
	@scripts/servers down --name $(NAME)

wipe: ## stop the servers of `make up`, delete their data
	@scripts/servers wipe --name $(NAME)

build: ## the ventanilla binary
	cargo build --bin ventanilla

gateway: ## the gateway's binary (release: it is run, never debugged)
	$(GATEWAY_CARGO) build --release --ignore-rust-version

# What cargo calls a program that it runs test binaries by. (It builds nothing anew for it.)
RUNNER = CARGO_TARGET_$(shell rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)_RUNNER

test: export VENTANILLA_BIN = $(VENTANILLA)
test: gateway build ## every test of both workspaces, on servers of their own
	scripts/with-servers --name test --no-fsync -- bash -euo pipefail -c '\
	  env "$(RUNNER)=$(CURDIR)/scripts/more-at-once" cargo test --workspace && \
	  $(GATEWAY_CARGO) test --release --ignore-rust-version'

check: ## format, lints, licences and bans, generated files, architecture
	cargo fmt --all --check
	$(GATEWAY_CARGO) fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(GATEWAY_CARGO) clippy --release --all-targets --ignore-rust-version -- -D warnings
	scripts/deny
	scripts/generate --check
	cargo test -p architecture

fmt: ## format both workspaces
	cargo fmt --all
	$(GATEWAY_CARGO) fmt

generate: ## everything that is generated and committed: SDL, event schemas, supergraph
	scripts/generate

graph: ## the subgraphs' SDL and the supergraph (needs Node)
	scripts/generate --graph

bench: gateway ## throughput, latency, CPU, statements and memory, beside pgbench on the same servers; fails where a promise is not kept (ONLY='open worklist clocks minute maths': some of it; BASELINE=docs/bench/latest.json: beside an earlier run, fails where something got worse; RESULT=path: where the rows are kept; CLOCKS, MINUTE, MANY, and ONLY=scale with its TENANTS, TICKETS and the rest: docs/bench/README.md)
	scripts/need wrk=wrk
	$(if $(or $(if $(ONLY),,all),$(filter maths,$(ONLY))),tests/bench/peers/install)
	cargo build --release --bin ventanilla
	VENTANILLA_BIN=$(RELEASED) BENCH_RESULT=$(RESULT) BASELINE=$(BASELINE) scripts/with-servers $(if $(KEEP),--name $(KEEP) --keep,--name bench) $(if $(filter scale,$(ONLY)),,--count) -- cargo run --release -p bench -- $(ONLY)

build-times: ## seconds until a test binary runs after a change of one line (COLD=1: of the whole workspace from nothing, too)
	scripts/build-times $(if $(COLD),--cold)

# Only where the rolling upgrade is among the faults, and nothing else is said of what it begins with.
OLDER = $(if $(or $(VENTANILLA_OLD_BIN),$(SAME_BIN),$(if $(FAULT),$(if $(filter rolling-upgrade,$(FAULT)),,none))),,scripts/old-binary)

chaos: gateway ## break everything, one after the other: while a history is imported, and while tenants work (FAULT='some of them': see tests/chaos/README.md; VENTANILLA_OLD_BIN=path: the rolling upgrade begins with that binary, else with one of scripts/old-binary; SAME_BIN=1: with the same one; CHAOS_STRICT=0: what this machine does not permit is skipped; CHAOS_RESULT=file: the rows go there)
	scripts/need tc=iproute2 || [ '$(CHAOS_STRICT)' = 0 ]
	cargo build --release --bin ventanilla
	old='$(VENTANILLA_OLD_BIN)'; $(if $(OLDER),old=$$($(OLDER));) status=0; \
	export CHAOS_RESULT=$(or $(CHAOS_RESULT),$(CURDIR)/docs/bench/chaos.json) CHAOS_STRICT=$(or $(CHAOS_STRICT),1); \
	VENTANILLA_BIN=$(RELEASED) VENTANILLA_OLD_BIN=$$old scripts/with-servers --name test --no-fsync -- \
	  cargo test --release --no-fail-fast -p e2e -p chaos -- --ignored --nocapture --test-threads 1 chaos || status=$$?; \
	sed -nE 's/^ *("row": )?"(\|.*)",?$$/\2/p' "$$CHAOS_RESULT"; exit $$status

history: gateway ## the whole real log: every clock of every case explained, beside an independent computation (make test takes some hundred cases)
	scripts/need python3=python3
	cargo build --release --bin ventanilla
	VENTANILLA_BIN=$(RELEASED) scripts/with-servers --name test --no-fsync -- \
	  cargo test --release -p e2e -- --ignored --nocapture explained
