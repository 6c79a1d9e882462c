# make demo    from video files to table and figures, five to ten minutes on two cores
# make test    lessons of all notebooks and checks of the project
# make thesis  every experiment whose corpus is linked
# make lab     JupyterLab, on the page where exploring starts      make tables  tables and figures again, from recorded runs
# make site    the Quarto site      make book  the thesis as PDF      make benchmarks  speed, as ratios
# make gpu     the numbers and the speed of a graphics card, twelve minutes
# make readme  READMEs from nbs/index.ipynb and index.zh.ipynb      make export  modules from notebooks, cleaned
SHELL   := /bin/bash
PYTHON  ?= python3
INSTALL ?= .venv/bin/python -m pip install
BIN     := .venv/bin
CORES   ?= $(shell nproc)
SMK      = $(BIN)/snakemake $(if $(shell test -t 2 && echo tty),--logger rich) --cores $(CORES)
READY   := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv

.PHONY: demo test thesis lab tables site book benchmarks gpu readme export
.DEFAULT_GOAL := demo

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(READY)
	$(SMK) demo
	@$(BIN)/emorec table demo

test: $(READY)
	@$(BIN)/python -c "import sys; from emorec.project.suite import run_all; from emorec.core import project_root; sys.exit(run_all(project_root()) > 0)"

thesis: $(READY)
	@names=$$($(BIN)/emorec experiments --available) && $(SMK) $$names

# As root, which is usual in containers, JupyterLab starts where only this machine listens. To reach it from outside of a
# container, publish a port and start it yourself, with a password: jupyter lab --allow-root --ip=0.0.0.0
lab: $(READY)
	$(BIN)/jupyter lab --notebook-dir . --LabApp.default_url=/lab/tree/nbs/explore/start.ipynb $(if $(filter 0,$(shell id -u)),--allow-root --ip=127.0.0.1)

tables: $(READY)
	@$(BIN)/emorec report --all

site: $(READY)
	@$(BIN)/emorec site

book: $(READY)
	@$(BIN)/emorec site --book

benchmarks: $(READY)
	@mkdir -p logs/benchmarks
	@for n in media batches cache loop losses seeds fusion speech distillation pretraining; do echo "benchmark $$n"; $(BIN)/papermill nbs/benchmarks/$$n.ipynb logs/benchmarks/$$n.ipynb --progress-bar || exit 1; done
	@cat tables/benchmarks.md

gpu: $(READY)
	@mkdir -p logs/benchmarks
	$(BIN)/papermill nbs/benchmarks/gpu.ipynb logs/benchmarks/gpu.ipynb --progress-bar --log-output
	@cat tables/gpu.md

readme: $(READY)
	$(BIN)/python -c "from pathlib import Path; from emorec.project.checks import READMES, readme; [Path(f).write_text(readme(Path(nb)), encoding='utf-8') for f, nb in READMES.items()]"

export: $(READY)
	$(BIN)/nbdev_export && $(BIN)/nbdev_clean
	$(BIN)/python -c "from emorec.project.checks import clean_widgets; from emorec.core import project_root; clean_widgets(project_root())"
