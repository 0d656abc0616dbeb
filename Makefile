# From a recipe to a bitstream. Every step is a file, so nothing is done twice; `make help` lists
# the targets. Everything is settable: make synth BOARD=icebreaker RECIPE=digits SEEDS=5

BOARD  ?= icebreaker
RECIPE ?= digits
SEEDS  ?= 5
# What the hardware answers, of the network's outputs: class, or class,score, or all.
OUTPUTS ?= all
# Most LUTs between two pipeline registers: fewer is faster, with more registers.
STAGE_DEPTH ?= 22
# Or a clock in MHz that the stage depth is chosen for, by what was measured of BOARD's device.
FMAX   ?=
# auto: the logic uses what the encoder is shown never to give; yes: the whole care set; no: none.
CARE   ?= auto
# parallel: all neurons at once, as logic. shared: in turn, for networks larger than the chip, the
# weights in block RAM (WEIGHTS=logic: in LUTs).
FORM    ?= parallel
WEIGHTS ?= ram
# The core's clock: board (its crystal's), MHz of the PLL, or auto (the fastest that is met).
CLOCK ?= board
# RETRAIN=1 trains anew where trained weights lie beside the recipe.
RETRAIN :=
PYTHON ?= python3
VENV   ?= .venv

# What the core of `make ip` is called (the recipe's name), and LUT=6 for tables of six inputs too.
NAME :=
LUT  :=

# Where a build lies (build/<recipe>), and networks that `make bench` measures too.
OUT  :=
NETS ?=
# What `make sweep` searches, and the Dask scheduler whose cluster does it (without: this machine).
SWEEP     :=
SCHEDULER :=
SETTABLE := BOARD RECIPE SEEDS OUTPUTS STAGE_DEPTH FMAX CARE FORM WEIGHTS CLOCK RETRAIN PYTHON VENV OUT NETS NAME LUT SWEEP SCHEDULER
# Targets that need neither recipe nor board; all others write a build folder.
PLAIN := help setup tools-% test% lint check doctor bench boards sweep frontier clean
GOALS := $(or $(MAKECMDGOALS),help)
# To export a variable is to expand it: what looks like a function of make's in it would be called.
unexport $(SETTABLE)

PY    := $(or $(SMELT_PYTHON),$(VENV)/bin/python)
READY := $(VENV)/.ready
WARM  := $(VENV)/.warm
export PYTHONUNBUFFERED := 1
# Where our code lies, with its slash: nothing in a checkout, which make works in; `smelt make`, of an
# installed Smelt, works in the folder that it is called in, and says where (gen/make/installed.py).
CODE := $(SMELT_CODE)
ifdef CODE
vpath %.py $(CODE)
export PYTHONSAFEPATH := 1
else
# Our packages are found in the folder that Python is started in.
unexport PYTHONSAFEPATH
endif

# First gen/make looks at all that was said, as it was written: no shell and no rule has seen it. It
# locks the build's folder, and make goes on in the second part, told
#   STEM, OUT, KIND (recipe or network), RECIPE_FILE   what is built, and where
#   BOARD_NAME, BOARD_FILE, FAMILY, TOOLS, CLOCK_KHZ, DEVICE   for which board
#   SOURCE_KEY, BOARD_KEY   what these are, by content
#   AGAIN   targets whose files are gone, or were made from others
ifneq ($(origin SMELT_TOLD_LEVEL) $(SMELT_TOLD_LEVEL),environment $(MAKELEVEL))
$(foreach name,$(SETTABLE),$(eval export SMELT_MAKE_$(name) := $$(value $(name))))
export SMELT_MAKE_SETTABLE := $(SETTABLE)
export SMELT_MAKE_PLAIN := $(PLAIN)
export SMELT_MAKE_GOALS := $(GOALS)
export SMELT_MAKE_CALLER := $(CURDIR)
export SMELT_MAKE_FILE := $(MAKEFILE_LIST)
.PHONY: first $(GOALS)
first:
	@+exec sh "$${SMELT_CODE:-$$(dirname "$${SMELT_MAKE_FILE# }")/}gen/make/first.sh" $(MAKE)
$(sort $(GOALS)): first ; @:
else

TOLD := STEM OUT KIND RECIPE_FILE BOARD_NAME BOARD_FILE FAMILY TOOLS CLOCK_KHZ DEVICE SOURCE_KEY BOARD_KEY AGAIN
$(foreach name,$(TOLD),$(eval override $(name) = $$(SMELT_TOLD_$(name))))
SHARED := $(filter shared,$(FORM))
ON   := $(OUT)/$(if $(SHARED),shared/)$(BOARD_NAME)
LOGIC := $(wildcard $(CODE)gen/logic/*.py $(CODE)gen/intnet/*.py)

.DELETE_ON_ERROR:
.PHONY: help setup estimate train freeze melt simplify map hdl sim synth verify report prog board-sim ip test \
        test-long check lint doctor bench frontier boards clean speed sweep synth-all tools-ecp5 tools-gowin tools-sweep
.DEFAULT_GOAL := help

help: ## list the targets
	@echo "make TARGET [BOARD=$(BOARD)] [RECIPE=$(RECIPE), or a path to .toml, .npz, .onnx, ...] [SEEDS=$(SEEDS)]"
	@echo "  also OUTPUTS=class, STAGE_DEPTH=$(STAGE_DEPTH) or FMAX=MHz, CLOCK=auto or MHz, FORM=shared, RETRAIN=1: see README.md"
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

# Set-up -------------------------------------------------------------------------------------

setup: $(WARM) ## virtual environment, pinned packages, tools compiled once

ifdef CODE
$(READY):
	@mkdir -p $(@D)
	@touch $@

$(VENV)/.ecp5 $(VENV)/.gowin: $(VENV)/.%: | $(READY)
	@$(PY) -m gen.tools warm $* >/dev/null 2>&1 || \
	  { echo "smelt: error: the $* tools are not installed: install smelt[$*] instead of smelt (iCE40 boards need none of them)" >&2; exit 1; }
	@touch $@

$(VENV)/.sweep: | $(READY)
	@$(PY) -c 'import optuna, distributed, pyarrow' 2>/dev/null || \
	  { echo "smelt: error: what a sweep needs is not installed: install smelt[sweep] instead of smelt" >&2; exit 1; }
	@touch $@
else
$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV): pinned packages, torch among them (a few minutes the first time)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "smelt: error: no venv module; install it (apt install python3-venv)"; exit 1; }
	@$(PY) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print("\n".join(p["dependencies"] + p["optional-dependencies"]["models"] + p["optional-dependencies"]["dev"]))' > $(VENV)/requirements.txt
	@$(PY) -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["alone"]))' > $(VENV)/requirements-alone.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $(VENV)/requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt -r $(VENV)/requirements-alone.txt
	@touch $@

# What the family of a board needs beyond that, once such a board is asked for.
$(VENV)/.ecp5 $(VENV)/.gowin: $(VENV)/.%: pyproject.toml | $(READY)
	@echo "fetching the tools of the $* family (once)"
	@$(PY) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print("\n".join(p["optional-dependencies"]["$*"]))' > $(VENV)/requirements-$*.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $(VENV)/requirements-$*.txt || \
	  { echo "smelt: error: the $* tools were not fetched (is there a network?); iCE40 boards need none of them" >&2; exit 1; }
	@$(PY) -m gen.tools warm $*
	@touch $@

# What a search of recipes needs beyond that, once one is asked for.
$(VENV)/.sweep: pyproject.toml | $(READY)
	@echo "fetching what a sweep needs (once)"
	@$(PY) -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; print("\n".join(p["optional-dependencies"]["sweep"]))' > $(VENV)/requirements-sweep.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $(VENV)/requirements-sweep.txt || \
	  { echo "smelt: error: what a sweep needs was not fetched (is there a network?); nothing else needs it" >&2; exit 1; }
	@touch $@
endif

$(WARM): $(READY)
	@$(PY) -m gen.tools warm
	@touch $@

tools-ecp5: $(VENV)/.ecp5 ## fetch the tools of ECP5 boards (done when one is asked for)
tools-gowin: $(VENV)/.gowin ## fetch the tools of Gowin boards (done when one is asked for)
tools-sweep: $(VENV)/.sweep ## fetch what a sweep and a Dask cluster need (done when one is asked for)

CORE := $(OUT)/$(if $(SHARED),shared/,$(if $(filter ice40,$(FAMILY)),,$(FAMILY)/))core.json
SIM  := $(dir $(CORE))sim

# The way of the data ------------------------------------------------------------------------

# What a target depends on beside files, by content: a stamp named after its value. Another value
# makes anew what depends on it. With FMAX the depth depends on the board's device too.
DEPTH := $(if $(FMAX),$(FMAX)MHz-$(DEVICE),$(STAGE_DEPTH))
STAGES = $(if $(FMAX),--fmax $(FMAX) --device $(DEVICE),--stage-depth $(STAGE_DEPTH))
CARED := $(if $(filter yes,$(CARE)),--care,$(if $(filter no,$(CARE)),--no-care))
SOURCE := $(OUT)/.made/stamps/source@$(SOURCE_KEY)
TRAINING := $(OUT)/.made/stamps/retrain@$(RETRAIN)
STAMPS := $(SOURCE) $(TRAINING) $(OUT)/.made/stamps/outputs@$(OUTPUTS) $(OUT)/.made/stamps/depth@$(DEPTH) \
          $(OUT)/.made/stamps/care@$(CARE) $(OUT)/.made/stamps/weights@$(WEIGHTS) $(OUT)/.made/stamps/ip@$(NAME)-$(LUT) \
          $(addprefix $(ON)/.made/stamps/,seeds@$(SEEDS) clock@$(CLOCK) board@$(BOARD_KEY))
$(STAMPS):
	@mkdir -p $(@D)
	@rm -f $(@D)/$(firstword $(subst @, ,$(@F)))@*
	@touch $@

$(AGAIN:%/build.json=%/report.json): again
.PHONY: again

ifeq ($(KIND),network)
MODEL :=
$(OUT)/net.npz: $(SOURCE) | $(WARM)
	$(PY) -m gen import $(RECIPE_FILE) --out $@
else
MODEL := $(OUT)/model.json
$(OUT)/model.json: $(SOURCE) $(TRAINING) | $(WARM)
	$(PY) -m gen train $(RECIPE_FILE) --out $(OUT) $(if $(RETRAIN),--retrain)

$(OUT)/net.npz: $(OUT)/model.json $(LOGIC)
	$(PY) -m gen freeze --model $< --out $@
endif

$(OUT)/vectors.npz: $(OUT)/net.npz $(OUT)/.made/stamps/outputs@$(OUTPUTS)
	$(PY) -m gen vectors --net $< --out $@ --outputs $(OUTPUTS)

$(OUT)/melted.json: $(OUT)/net.npz $(OUT)/vectors.npz $(LOGIC) $(wildcard $(CODE)gen/melt/*.py $(CODE)gen/melt/*/*.py)
	$(PY) -m gen melt --net $< --out $(OUT)/melted.aig --vectors $(OUT)/vectors.npz --outputs $(OUTPUTS)

# What no board like this can hold is refused before it is simplified for hours.
ROOM := $(if $(filter synth verify prog report,$(GOALS)),$(ON)/.made/room)
$(ON)/.made/room: $(if $(SHARED),$(OUT)/shared/core.json,$(OUT)/melted.json) $(ON)/.made/stamps/board@$(BOARD_KEY)
	$(PY) -m boards room --board $(BOARD_FILE) $<
	@touch $@

$(OUT)/ledger.json: $(OUT)/melted.json $(wildcard $(CODE)gen/simplify/*.py) | $(if $(SHARED),,$(ROOM))
	$(PY) -m gen simplify --melted $(OUT)/melted.aig --out $(OUT)

$(OUT)/mapped.json: $(OUT)/ledger.json $(OUT)/.made/stamps/depth@$(DEPTH) $(OUT)/.made/stamps/care@$(CARE) \
                     $(wildcard $(CODE)gen/map/*.py $(CODE)gen/map/*/*.py)
	$(PY) -m gen map --graph $(OUT)/graph.aig --out $@ $(STAGES) $(CARED)

CORES := $(OUT)/core.json $(OUT)/ecp5/core.json $(OUT)/gowin/core.json
$(CORES): $(OUT)/mapped.json gen/hdl.py
	$(PY) -m gen hdl --mapped $< --out $(@D) --family $(or $(filter ecp5 gowin,$(patsubst $(OUT)/%,%,$(@D))),ice40) --recipe $(STEM)

$(OUT)/shared/core.json: $(OUT)/net.npz $(OUT)/vectors.npz $(OUT)/.made/stamps/weights@$(WEIGHTS) $(wildcard $(CODE)gen/sharing/*.py) \
                         $(CODE)hw/program.py $(CODE)hw/sequencer.py
	$(PY) -m gen share --net $< --out $(@D) --outputs $(OUTPUTS) --weights $(WEIGHTS) --recipe $(STEM)

$(OUT)/lut6/mapped.json: $(OUT)/mapped.json
	$(PY) -m gen map --k 6 --graph $(OUT)/graph.aig --out $@ $(STAGES) $(CARED)

PART := $(OUT)/ip/ip.json
$(PART): $(OUT)/mapped.json $(if $(LUT),$(OUT)/lut6/mapped.json) $(OUT)/net.npz $(OUT)/vectors.npz \
         $(OUT)/.made/stamps/ip@$(NAME)-$(LUT) $(wildcard $(CODE)gen/ip/*.py)
	$(PY) -m gen ip --build $(OUT) --recipe $(STEM) $(addprefix --name ,$(NAME)) $(addprefix --lut ,$(LUT))

# $(1): the folder of a core, with its slash. A vector takes the shared form thousands of cycles,
# so fewer of them.
define simulations
$(1)sim/core/sim.json: $(1)core.json $(OUT)/vectors.npz | $(if $(SHARED),$(ROOM))
	$$(PY) -m sim core --core $$< --vectors $(OUT)/vectors.npz $(if $(filter $(OUT)/shared/,$(1)),--limit 100 --cycles 200000)

$(1)sim/netlist/sim.json: $(1)core.json $(OUT)/vectors.npz
	$$(PY) -m sim netlist --core $$< --vectors $(OUT)/vectors.npz $(if $(filter $(OUT)/shared/,$(1)),--limit 10 --cycles 11000)

$(1)sim/top/sim.json: $(1)core.json $(OUT)/vectors.npz $(wildcard $(CODE)hw/*.py)
	$$(PY) -m sim top --core $$< --vectors $(OUT)/vectors.npz
endef
$(foreach folder,$(dir $(CORES)) $(OUT)/shared/,$(eval $(call simulations,$(folder))))

SIMULATED := $(addprefix $(SIM)/,core/sim.json netlist/sim.json top/sim.json)
# The shared form has a folder of its own, and no logic graph: what it shares is told by name.
TRAINED := $(if $(SHARED),--vectors $(OUT)/vectors.npz $(addprefix --model ,$(MODEL)))

$(ON)/report.json: $(CORE) $(SIMULATED) $(filter $(ON)/%,$(STAMPS)) $(wildcard $(CODE)hw/*.py) | $(TOOLS)
	$(PY) -m boards synth --board $(BOARD_FILE) --core $< --seeds $(SEEDS) --clock $(CLOCK) $(addprefix --fmax ,$(FMAX)) $(TRAINED)

# The report is made again whenever it is printed, so what was built is known by build.json.
$(ON)/build.json: $(ON)/report.json ;

estimate: | $(WARM) ## before training: LUTs of RECIPE, boards that they fit, minutes
	@$(PY) -m gen estimate $(RECIPE_FILE) --board $(BOARD_FILE)

train: $(MODEL) ## recipe -> model.safetensors, model.json
freeze: $(OUT)/net.npz ## model -> net.npz, the integer network
melt: $(OUT)/melted.json ## integer network -> melted.aig
simplify: $(OUT)/ledger.json ## melted.aig -> sections.aig, graph.aig, ledger.json
map: $(OUT)/mapped.json ## graph.aig -> mapped.json, LUT4 cells
hdl: $(CORE) ## mapped.json -> core.v, core.il
sim: $(SIMULATED) ## compare RTL and netlist with PyTorch in cocotb
ip: $(PART) ## the core as a part: Verilog, AXI4-Stream, data sheet, benches (NAME=, LUT=6)
synth: $(ON)/report.json ## everything up to the bitstream and its report
	@$(PY) -m boards report $(ON) $(TRAINED)

# Run whenever it is asked for: what is judged are the files that lie there now.
verify: $(CORE) $(if $(SHARED),,$(OUT)/melted.json) $(OUT)/vectors.npz $(ON)/build.json ## prove the chain from PyTorch to the bits of top.bin
	$(PY) -m gen verify --build $(OUT) --core $(CORE)
	$(PY) -m boards verify --build $(ON) --board $(BOARD_FILE) || { $(PY) -m boards report $(ON) $(TRAINED); exit 1; }
	@$(PY) -m boards report $(ON) $(TRAINED)

report: $(ON)/report.json ## print the report of RECIPE on BOARD
	@$(PY) -m boards report $(ON) $(TRAINED)

prog: $(ON)/report.json ## program the board
	$(PY) -m boards prog --board $(BOARD_FILE) --build $(ON)

board-sim: $(CORE) ## a virtual board for `python -m boards talk`, until Ctrl-C
	@$(PY) -m sim board --core $< --clock-khz $(CLOCK_KHZ)

boards: $(READY) ## table of the boards, and which of their programs are here
	@$(PY) -m boards list

# Cores and simulations of all families; goes on with the next board where one cannot be built.
ALL_SIMULATED := $(foreach folder,$(dir $(CORES)),$(addprefix $(folder)sim/,core/sim.json netlist/sim.json top/sim.json))
synth-all: $(CORES) $(ALL_SIMULATED) $(VENV)/.ecp5 $(VENV)/.gowin ## build RECIPE for every board, and compare
	$(PY) -m boards all --recipe $(OUT) --seeds $(SEEDS) --clock $(CLOCK)

# A search of recipes beside it all: its folder is build/sweeps/<file's name>.
sweep: $(VENV)/.sweep | $(WARM) ## search recipes: SWEEP=my.toml, with SCHEDULER=tcp://HOST:8786 on a cluster (long)
	$(PY) -m gen sweep $(SWEEP) $(addprefix --scheduler ,$(SCHEDULER))

# The project itself -------------------------------------------------------------------------

# A process for each core; a process that has nothing left takes over tests of another. The few
# hundred Pythons that tests start would otherwise compile our modules each anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n auto --dist worksteal

test: $(WARM) $(VENV)/.sweep ## all tests, on all cores
	$(PYTEST)

test-long: $(WARM) $(VENV)/.ecp5 $(VENV)/.gowin $(VENV)/.sweep ## random networks by the hundred, every board (half an hour; not part of `make test`)
	$(PYTEST) -m long

check: lint $(WARM) $(VENV)/.sweep ## in a minute: lint, and the tests of what changed since main
	@$(PY) -m tests.changed --seconds 30

lint: $(READY) ## ruff and mypy
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

doctor: $(READY) ## tools, versions, caches, and what is missing
	@$(PY) -m gen.tools doctor

bench: $(WARM) $(VENV)/.sweep ## measure the figures of BENCHMARKS.md (long; NETS="a.npz b.npz" adds networks)
	$(PY) -m benchmarks $(addprefix --net ,$(NETS))

frontier: ## accuracy against size, ours and what others published: tables, build/frontier/*.png
	$(PY) -m benchmarks.frontier --picture docs/frontier-mnist.png --table BENCHMARKS.md

speed: $(OUT)/core.json ## RECIPE in every form on three devices: Fmax, cells, latency (long)
	$(PY) -m benchmarks.chips.forms --build $(OUT) --seeds $(SEEDS)

clean: ## remove build/, trained models included
	rm -rf build
endif
