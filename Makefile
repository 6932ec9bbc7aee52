# Every target runs a script in scripts/, which you can also run yourself.

export RUNS TIME
# Taken literally: make would expand a $ in it.
override export URL := $(value URL)

.DEFAULT_GOAL := help
.PHONY: help setup build full run test torture bench bench-peers fuzz lint format docs clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## Install missing C libraries, python3 with the packages for the tests, and servers for the tests of stores
	@scripts/setup --stores

build: ## Build the command line tool, optimized
	@scripts/build

full: ## Build the tool with all traits, such as the proxy; fetches and builds SwiftNIO
	@scripts/build --full

run: ## Show a demo with a local origin; with URL=…, with that URL
	@scripts/demo

test: ## Run all tests
	@scripts/test

torture: ## Kill processes and let system calls fail, for some minutes
	@scripts/torture

bench: ## Compare FSCache with raw system calls, C libraries of stores and nginx, and fixtures with memory
	@scripts/bench
	@scripts/bench-fixtures
	@scripts/bench-eviction
	@scripts/bench-stores
	@scripts/bench-proxy

bench-peers: ## Compare FSCache with caches for Python, and write Benchmarks/RESULTS.md
	@scripts/bench-peers

fuzz: ## Feed mutated input to each parser for TIME=60 seconds
	@scripts/fuzz

lint: ## Check the format of Swift sources, and the shell scripts
	@scripts/lint

format: ## Format all Swift sources in place
	@scripts/format

docs: ## Build the documentation into docs-out/
	@scripts/docs

clean: ## Delete all build products
	@scripts/clean
