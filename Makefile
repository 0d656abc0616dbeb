# From a recipe to a bitstream. Every step is a file, so nothing is done twice; `make help` lists
# the targets. Everything is settable: make synth BOARD=icebreaker RECIPE=digits SEEDS=5

BOARD  ?= icebreaker
RECIPE ?= digits
SEEDS  ?= 5
# What the hardware answers, of the network's outputs: class, or class,score, or all.
OUTPUTS ?= all
# Most LUTs between two pipeline registers: fewer is faster, with more registers.
STAGE_DEPTH ?= 22
PYTHON ?= python3
VENV   ?= .venv

STEM := $(basename $(notdir $(RECIPE)))
OUT  := build/$(STEM)
ON   := $(OUT)/$(BOARD)
PY   := $(VENV)/bin/python
READY := $(VENV)/.ready
WARM  := $(VENV)/.warm
SOURCE := $(wildcard $(RECIPE) gen/recipes/$(RECIPE).toml)
LOGIC := $(wildcard gen/logic/*.py gen/intnet/*.py)
# YoWASP's compiled tools go to the user's cache; one thread keeps training reproducible.
export PYTHONUNBUFFERED := 1

.DELETE_ON_ERROR:
.PHONY: help setup train freeze melt simplify map hdl sim synth report prog board-sim test test-long lint doctor bench \
        boards clean known
.DEFAULT_GOAL := help

help: ## list the targets
	@echo "make TARGET [BOARD=$(BOARD)] [RECIPE=$(RECIPE), or a path to .toml or .npz] [SEEDS=$(SEEDS)]"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

# Set-up -------------------------------------------------------------------------------------

setup: $(WARM) ## virtual environment, pinned packages, tools compiled once

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("smelt: error: Python %d.%d is too old; 3.11 or newer is needed: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@echo "setting up $(VENV): pinned packages, torch among them (a few minutes the first time)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "smelt: error: no venv module; install it (apt install python3-venv)"; exit 1; }
	@$(PY) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print("\n".join(p["dependencies"] + p["optional-dependencies"]["dev"]))' > $(VENV)/requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $(VENV)/requirements.txt
	@touch $@

$(WARM): $(READY)
	@$(PY) -m gen.tools warm
	@touch $@

# The board's name is checked before anything slow is started.
known: $(READY)
	@$(PY) -m boards list --board $(BOARD) > $(if $(VERBOSE),/dev/stdout,/dev/null)

# The way of the data ------------------------------------------------------------------------

ifeq ($(suffix $(RECIPE)),.npz)
MODEL :=
$(OUT)/net.npz: $(wildcard $(RECIPE)) | $(WARM) known
	$(PY) -m gen import --net $(RECIPE) --out $@
else
MODEL := $(OUT)/model.json
$(OUT)/model.json: $(SOURCE) | $(WARM) known
	$(PY) -m gen train $(RECIPE) --out $(OUT)

$(OUT)/net.npz: $(OUT)/model.json $(LOGIC)
	$(PY) -m gen freeze --model $< --out $@
endif

# A stamp named after a setting's value: another value makes what depends on it anew.
STAMPS := $(OUT)/.outputs@$(OUTPUTS) $(OUT)/.depth@$(STAGE_DEPTH) $(ON)/.seeds@$(SEEDS)
$(STAMPS):
	@mkdir -p $(@D)
	@rm -f $(firstword $(subst @, ,$@))@*
	@touch $@

$(OUT)/vectors.npz: $(OUT)/net.npz $(OUT)/.outputs@$(OUTPUTS)
	$(PY) -m gen vectors --net $< --out $@ --outputs $(OUTPUTS)

$(OUT)/melted.json: $(OUT)/net.npz $(OUT)/vectors.npz $(LOGIC) $(wildcard gen/melt/*.py)
	$(PY) -m gen melt --net $< --out $(OUT)/melted.aig --vectors $(OUT)/vectors.npz --outputs $(OUTPUTS)

$(OUT)/ledger.json: $(OUT)/melted.json $(wildcard gen/simplify/*.py)
	$(PY) -m gen simplify --melted $(OUT)/melted.aig --out $(OUT)

$(OUT)/mapped.json: $(OUT)/ledger.json $(OUT)/.depth@$(STAGE_DEPTH) $(wildcard gen/map/*.py)
	$(PY) -m gen map --graph $(OUT)/graph.aig --out $@ --stage-depth $(STAGE_DEPTH)

$(OUT)/core.json: $(OUT)/mapped.json gen/hdl.py
	$(PY) -m gen hdl --mapped $< --out $(OUT)

$(OUT)/sim/core/sim.json: $(OUT)/core.json $(OUT)/vectors.npz
	$(PY) -m sim core --core $< --vectors $(OUT)/vectors.npz

$(OUT)/sim/netlist/sim.json: $(OUT)/core.json $(OUT)/vectors.npz
	$(PY) -m sim netlist --core $< --vectors $(OUT)/vectors.npz

$(OUT)/sim/top/sim.json: $(OUT)/core.json $(OUT)/vectors.npz $(wildcard hw/*.py)
	$(PY) -m sim top --core $< --vectors $(OUT)/vectors.npz

SIMULATED := $(addprefix $(OUT)/sim/,core/sim.json netlist/sim.json top/sim.json)

$(ON)/report.json: $(OUT)/core.json $(SIMULATED) $(ON)/.seeds@$(SEEDS) $(wildcard hw/*.py)
	$(PY) -m boards synth --board $(BOARD) --core $< --seeds $(SEEDS)

train: $(MODEL) ## recipe -> model.safetensors, model.json
freeze: $(OUT)/net.npz ## model -> net.npz, the integer network
melt: $(OUT)/melted.json ## integer network -> melted.aig
simplify: $(OUT)/ledger.json ## melted.aig -> sections.aig, graph.aig, ledger.json
map: $(OUT)/mapped.json ## graph.aig -> mapped.json, LUT4 cells
hdl: $(OUT)/core.json ## mapped.json -> core.v, core.il
sim: $(SIMULATED) ## compare RTL and netlist with PyTorch in cocotb
synth: known $(ON)/report.json ## everything up to the bitstream and its report
	@$(PY) -m boards report $(ON)

report: $(ON)/report.json ## print the report of RECIPE on BOARD
	@$(PY) -m boards report $(ON)

prog: $(ON)/report.json ## program the board
	$(PY) -m boards prog --board $(BOARD) --build $(ON)

board-sim: $(OUT)/core.json ## a virtual board for `python -m boards talk`, until Ctrl-C
	@$(PY) -m sim board --core $<

boards: $(READY) ## list the boards
	@$(PY) -m boards list

# The project itself -------------------------------------------------------------------------

test: $(WARM) ## all tests
	$(PY) -m pytest

test-long: $(WARM) ## random networks by the hundred (twenty minutes; not part of `make test`)
	$(PY) -m pytest -m long

lint: $(READY) ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

doctor: $(READY) ## tools, versions, caches, and what is missing
	@$(PY) -m gen.tools doctor

bench: $(WARM) ## measure the figures of BENCHMARKS.md (long; NETS="a.npz b.npz" adds networks)
	$(PY) -m benchmarks $(addprefix --net ,$(NETS))

clean: ## remove build/, trained models included
	rm -rf build
