# Everything a newcomer types. Each stage says how many seconds it took.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.PHONY: help setup run test bench torture lint format

PORT ?= 8080
LISTEN ?= 127.0.0.1:$(PORT)
stage = trap 'echo "== $(1): $$SECONDS s"' EXIT; echo "== $(1)"; $(2)

# A crash in a test says where it was without a minute of symbol reading.
export SWIFT_BACKTRACE ?= enable=no

help:
	@echo "make run      build and serve the demo program on http://$(LISTEN)  (PORT=, LISTEN=)"
	@echo "make test     build and run every test  (TALLYSTICK_DATA=folder for the retail year)"
	@echo "make bench    measure, against other services on this machine  (ONLY='conversions import')"
	@echo "make torture  the long tests: fifty crashes instead of five, twenty of the database, thousands of plans;"
	@echo "              then planted faults, each of which a test must see  (FAULTS=40, of the day; 1000 for all)"
	@echo "make lint     check style;  make format repairs what it can"
	@echo "make setup    install everything any of these needs"

setup:
	@$(call stage,set-up,scripts/setup all)

run:
	@$(call stage,set-up,scripts/setup run)
	@$(call stage,release build,swift build -c release --product tallystick)
	@exec .build/release/tallystick demo --listen $(LISTEN)

test:
	@$(call stage,set-up,scripts/setup test)
	@$(call stage,build,swift build --build-tests)
	@$(call stage,tests,PATH="$$PWD/.build-venv/bin:$$PATH" swift test --skip-build --no-parallel)

long = TortureTests|ServersTests|AwayTests|PlanTests|PropertyTests|ShareTests|NetTests|AgreementTests
FAULTS ?= 40
torture:
	@$(call stage,set-up,scripts/setup test)
	@$(call stage,build,swift build --build-tests)
	@$(call stage,torture,TALLYSTICK_TORTURE=1 swift test --skip-build --no-parallel --filter '$(long)')
	@$(call stage,planted faults,scripts/mutate --some $(FAULTS))

bench:
	@$(call stage,set-up,scripts/setup bench)
	@$(call stage,release build,swift build -c release --product tallystick)
	@$(call stage,release build of the engine's bench,swift build -c release --product bench-engine)
	@$(call stage,benchmarks,Benchmarks/run $(ONLY))

sources = $(wildcard Sources Tests Plugins Benchmarks) Package.swift
folders = $(wildcard Benchmarks examples scripts)
python = $(sort $(shell find $(folders) -name '*.py'; grep -rlIE '^.!/usr/bin/env python3' $(folders)))
parse = python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'

lint:
	@$(call stage,swift format,swift format lint -r -p --strict $(sources))
	@$(call stage,python,$(parse) $(python))
	@$(call stage,bash,for script in $$(grep -rlIE '^.!/usr/bin/env bash' $(folders) .ci); do bash -n "$$script"; done)

format:
	@$(call stage,swift format,swift format -r -p -i $(sources))
