# Every target is a script under scripts/, which can be run on its own as well.

export RUNS TIME
# As it was given, a $ in it included.
override export URL := $(value URL)

.DEFAULT_GOAL := help
.PHONY: help setup build proxy run test bench fuzz lint format docs clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing: C libraries, and python3 with the packages that the tests use
	@scripts/setup

build: ## Build the command line tool, optimized
	@scripts/build

proxy: ## Build the tool with the command proxy, for which SwiftNIO is fetched and built
	@scripts/build --proxy

run: ## Show what FSCache does, against an origin on loopback; with URL=…, for that URL
	@scripts/demo

test: ## Run all tests
	@scripts/test

bench: ## Measure, as ratios to raw system calls, and the proxy to nginx
	@scripts/bench
	@scripts/bench-proxy

fuzz: ## Feed the formats and stages with mutated input, each for TIME=60 seconds
	@scripts/fuzz

lint: ## Check formatting and shell scripts
	@scripts/lint

format: ## Format all Swift sources in place
	@scripts/format

docs: ## Build the documentation into docs-out/
	@scripts/docs

clean: ## Remove everything that was built
	@scripts/clean
