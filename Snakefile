# The graph of all experiments: prepare → extract → train → export, report.
#
#   snakemake demo                     one experiment, to its tables and figures
#   snakemake demo meld-text -n        what would be done
#   snakemake meld-text --config overrides="text.name=roberta-large"
#   snakemake thesis                   every experiment whose corpus is linked
#   snakemake meld-text --config gpus=8 processes=4       runs that train an encoder by four processes, on a GPU each
#   snakemake thesis --executor slurm --jobs 20 --default-resources slurm_partition=gpu    on a cluster
#
# A failed node stops what depends on it, the rest goes on, and the exit status says so. Logs are in logs/.
# Snakemake deletes outputs of jobs that were interrupted. So of a run it owns a receipt alone, under checkpoints/receipts/.
import shlex, shutil, subprocess, sys
from pathlib import Path

from emorec.experiments import missing_corpora
from emorec.project.graph import Node, build_graph, extraction_words, papermill_words, report_files, settle_receipts, training_words

NOTEBOOKS = Path(workflow.basedir)/"nbs"/"experiments"
GRAPH = build_graph(Path("experiments").glob("*.toml"), config.get("overrides", ""))
if workflow.is_main_process:  # not in the processes that run single jobs
    settle_receipts(GRAPH)
NODES = GRAPH.nodes
GPUS = int(config.get("gpus", subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout.count("GPU ") if shutil.which("nvidia-smi") else 0))
PYTHON = shlex.quote(sys.executable).replace("{", "{{").replace("}", "}}")
EMOREC = f"{PYTHON} -c 'from emorec.cli import main; main()'"
PAPERMILL = f"OMP_NUM_THREADS={{threads}} PYTHONUNBUFFERED=1 {PYTHON} -m papermill --log-output --no-progress-bar"

PROCESSES = int(config.get("processes", 1))  # of a node that trains an encoder
if GPUS and PROCESSES > GPUS: raise ValueError(f"processes={PROCESSES}, but a node gets at most {GPUS} GPUs; expected gpus={PROCESSES} or more")

if GPUS: workflow.global_resources.setdefault("gpu", GPUS)  # a GPU holds one node at a time

def node(path): return NODES[str(path)]
def plain(path): return path.replace("{", "{{").replace("}", "}}")  # braces are wildcards to Snakemake
def arguments(path): return papermill_words(node(path).parameters)
def gpus_of(path): return min(GPUS, PROCESSES if node(path).shares else 1)
def trained_first(path):
    "The shell's words that train a run by several processes, before its notebook shows it"
    words, threads = training_words(node(path), PROCESSES), max(1, threads_of(path) // PROCESSES)
    return f"OMP_NUM_THREADS={threads} {shlex.quote(sys.executable)} -c 'from emorec.cli import main; main()' {words} && " if words else ""
def receipt(run): return f"checkpoints/receipts/{run}.done"
def threads_of(path): return node(path).threads or workflow.cores or 1

wildcard_constraints:
    corpus="[^/]+", features="[^/]+/[^/]+", run="[^/]+/[^/]+/[^/]+/[^/]+/[^/]+", experiment="[^/]+"

def refuse(message):
    "What is asked for when overrides don't fit an experiment"
    def stop(wildcards): raise ValueError(message)
    return stop

rule thesis:
    input: refuse(next(iter(GRAPH.refused.values()))) if GRAPH.refused else [plain(f) for e in GRAPH.experiments.values() if not missing_corpora(e) for f in GRAPH.outputs(e.name)]

for stem, experiment in GRAPH.experiments.items():
    rule:
        name: stem
        input: refuse(GRAPH.refused[stem]) if stem in GRAPH.refused else [plain(f) for f in GRAPH.outputs(experiment.name)]  # the runs too: tables are under version control, runs are not

# Receipts of corpora are never too new: a run notices by itself when its corpus has changed.
def waits_for(path, of=None): return [ancient(i) if "/prepared/" in i else i for i in (of or node(path)).inputs]

rule prepare:
    output: "checkpoints/prepared/{corpus}.json"
    log: notebook="logs/prepare/{corpus}.ipynb", text="logs/prepare/{corpus}.log"
    params: p=lambda w: arguments(f"checkpoints/prepared/{w.corpus}.json")
    threads: workflow.cores or 1
    shell: PAPERMILL + " {NOTEBOOKS:q}/prepare.ipynb {log.notebook:q} {params.p} > {log.text:q} 2>&1"

rule extract:
    output: "checkpoints/extracted/{features}.json"
    input: lambda w: waits_for(f"checkpoints/extracted/{w.features}.json")
    log: notebook="logs/extract/{features}.ipynb", text="logs/extract/{features}.log"
    params: p=lambda w: arguments(f"checkpoints/extracted/{w.features}.json"), cached=lambda w: extraction_words(node(f"checkpoints/extracted/{w.features}.json"))
    threads: lambda w: threads_of(f"checkpoints/extracted/{w.features}.json")
    resources: gpu=min(GPUS, 1)
    shell: EMOREC + " {params.cached} > {log.text:q} 2>&1 || " + PAPERMILL + " {NOTEBOOKS:q}/extract.ipynb {log.notebook:q} {params.p} > {log.text:q} 2>&1"

# Where no two extractions could run at the same time, those of the seeds of a pass share a process.
for key, node_ in GRAPH.extractions.items():
    missing = [f for f in (node_.output, *node_.others) if not Path(f).is_file()]
    alone = GPUS == 1 or (node_.threads or workflow.cores or 1) >= (workflow.cores or 1)
    if len(missing) > 1 and alone:  # what is extracted stays as it is
        here = Node(node_.kind, missing[0], node_.parameters | dict(seeds=" ".join(Path(f).stem.split("--")[1] for f in missing)))
        rule:
            name: f"extract_seeds_{key}"
            output: missing
            input: waits_for(node_.output, node_)
            log: f"logs/extract/{Path(missing[0]).relative_to('checkpoints/extracted').with_suffix('.log')}"
            params: p=papermill_words(here.parameters), cached=extraction_words(here)
            threads: node_.threads or workflow.cores or 1
            resources: gpu=min(GPUS, 1)
            shell: EMOREC + " {params.cached} > {log:q} 2>&1 || " + PAPERMILL + " {NOTEBOOKS:q}/extract.ipynb {log:q}.ipynb {params.p} > {log:q} 2>&1"

rule train:
    output: "checkpoints/receipts/{run}.done"
    input: lambda w: waits_for(receipt(w.run))
    log: notebook="logs/train/{run}.ipynb", text="logs/train/{run}.log"
    params: p=lambda w: arguments(receipt(w.run)), notebook=lambda w: node(receipt(w.run)).kind, first=lambda w: trained_first(receipt(w.run))
    threads: lambda w: threads_of(receipt(w.run))
    resources: gpu=lambda w: gpus_of(receipt(w.run))
    shell: "( {params.first}" + PAPERMILL + " {NOTEBOOKS:q}/{params.notebook}.ipynb {log.notebook:q} {params.p} ) > {log.text:q} 2>&1 && touch {output:q}"

for node_ in GRAPH.passes.values():
    missing = [f for f in (node_.output, *node_.others) if not Path(f).is_file()]
    if missing:  # seeds that are finished stay as they are
        rule:
            name: f"train_seeds_{Path(node_.output).name.split('--')[0]}"
            output: missing
            input: waits_for(node_.output, node_)
            log: f"logs/train/{Path(node_.output).relative_to('checkpoints/receipts').with_suffix('.log')}"
            params: p=papermill_words(node_.parameters | dict(seeds=" ".join(Path(f).stem.split("--")[1] for f in missing)))
            threads: node_.threads or workflow.cores or 1
            resources: gpu=min(GPUS, 1)
            shell: PAPERMILL + " {NOTEBOOKS:q}/train_seeds.ipynb {log:q}.ipynb {params.p} > {log:q} 2>&1 && touch {output:q}"

rule export:
    output: "checkpoints/exports/{experiment}/{variant}.json"
    input: lambda w: node(f"checkpoints/exports/{w.experiment}/{w.variant}.json").inputs
    log: notebook="logs/export/{experiment}/{variant}.ipynb", text="logs/export/{experiment}/{variant}.log"
    params: p=lambda w: arguments(f"checkpoints/exports/{w.experiment}/{w.variant}.json")
    shell: PAPERMILL + " {NOTEBOOKS:q}/export.ipynb {log.notebook:q} {params.p} > {log.text:q} 2>&1"

rule report:
    output: report_files("{experiment}")
    input: lambda w: waits_for(f"tables/{w.experiment}.csv")
    log: notebook="logs/report/{experiment}.ipynb", text="logs/report/{experiment}.log"
    params: p=lambda w: arguments(f"tables/{w.experiment}.csv")
    shell: PAPERMILL + " {NOTEBOOKS:q}/report.ipynb {log.notebook:q} {params.p} > {log.text:q} 2>&1"
