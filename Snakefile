# The graph of all experiments: prepare → extract → train → export, report.
#
#   snakemake demo                     one experiment, to its tables and figures
#   snakemake demo meld-text -n        what would be done
#   snakemake meld-text --config overrides="text.name=roberta-large"
#   snakemake thesis                   every experiment whose corpus is linked
#   snakemake thesis --executor slurm --jobs 20 --default-resources slurm_partition=gpu    on a cluster
#
# A failed node stops what depends on it, the rest goes on, and the exit status says so. Logs are in logs/.
import shutil, subprocess, sys
from pathlib import Path

from emorec.graph import build_graph, missing_corpora, report_files

NOTEBOOKS = Path(workflow.basedir)/"nbs"/"experiments"
GRAPH = build_graph(Path("experiments").glob("*.toml"), config.get("overrides", ""))
NODES = GRAPH.nodes
GPUS = int(config.get("gpus", subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout.count("GPU ") if shutil.which("nvidia-smi") else 0))
PAPERMILL = f"OMP_NUM_THREADS={{threads}} PYTHONUNBUFFERED=1 {sys.executable} -m papermill --log-output --no-progress-bar"

if GPUS: workflow.global_resources.setdefault("gpu", GPUS)  # a GPU holds one node at a time

def node(path): return NODES[str(path)]
def arguments(path, parameters=None): return " ".join(f"{'-p' if isinstance(v, int) else '-r'} {k} {v!r}" for k, v in (parameters or node(path).parameters).items())
def threads_of(path): return node(path).threads or workflow.cores or 1

wildcard_constraints:
    corpus="[^/]+", features="[^/]+/[^/]+", run="[^/]+/[^/]+/[^/]+/[^/]+/[^/]+", experiment="[^/]+"

def refuse(message):
    "What is asked for when overrides don't fit an experiment"
    def stop(wildcards): raise ValueError(message)
    return stop

rule thesis:
    input: refuse(next(iter(GRAPH.refused.values()))) if GRAPH.refused else [f for e in GRAPH.experiments.values() if not missing_corpora(e) for f in GRAPH.outputs(e.name)]

for stem, experiment in GRAPH.experiments.items():
    rule:
        name: stem
        input: refuse(GRAPH.refused[stem]) if stem in GRAPH.refused else GRAPH.outputs(experiment.name)  # the runs too: tables are under version control, runs are not

# Receipts of corpora are never too new: a run notices by itself when its corpus has changed.
def waits_for(path, of=None): return [ancient(i) if "/prepared/" in i else i for i in (of or node(path)).inputs]

rule prepare:
    output: "checkpoints/prepared/{corpus}.json"
    log: notebook="logs/prepare/{corpus}.ipynb", text="logs/prepare/{corpus}.log"
    params: p=lambda w: arguments(f"checkpoints/prepared/{w.corpus}.json")
    threads: workflow.cores or 1
    shell: PAPERMILL + " {NOTEBOOKS}/prepare.ipynb {log.notebook} {params.p} > {log.text} 2>&1"

rule extract:
    output: "checkpoints/extracted/{features}.json"
    input: lambda w: waits_for(f"checkpoints/extracted/{w.features}.json")
    log: notebook="logs/extract/{features}.ipynb", text="logs/extract/{features}.log"
    params: p=lambda w: arguments(f"checkpoints/extracted/{w.features}.json")
    threads: lambda w: threads_of(f"checkpoints/extracted/{w.features}.json")
    resources: gpu=min(GPUS, 1)
    shell: PAPERMILL + " {NOTEBOOKS}/extract.ipynb {log.notebook} {params.p} > {log.text} 2>&1"

rule train:
    output: "checkpoints/{run}/metrics.json"
    input: lambda w: waits_for(f"checkpoints/{w.run}/metrics.json")
    log: "logs/train/{run}.log"
    params: p=lambda w: arguments(f"checkpoints/{w.run}/metrics.json"), notebook=lambda w: node(f"checkpoints/{w.run}/metrics.json").kind
    threads: lambda w: threads_of(f"checkpoints/{w.run}/metrics.json")
    resources: gpu=min(GPUS, 1)
    shell: PAPERMILL + " {NOTEBOOKS}/{params.notebook}.ipynb checkpoints/{wildcards.run}/{params.notebook}.ipynb {params.p} > {log} 2>&1"

for node_ in GRAPH.passes.values():
    missing = [f for f in (node_.output, *node_.others) if not Path(f).is_file()]
    if missing:  # seeds that are finished stay as they are
        rule:
            name: f"train_seeds_{Path(node_.output).parent.name.split('--')[0]}"
            output: missing
            input: waits_for(node_.output, node_)
            log: f"logs/train/{Path(node_.output).parent.relative_to('checkpoints')}.log"
            params: p=arguments(node_.output, node_.parameters | dict(seeds=" ".join(Path(f).parent.name.split("--")[1] for f in missing)))
            threads: node_.threads or workflow.cores or 1
            resources: gpu=min(GPUS, 1)
            shell: PAPERMILL + " {NOTEBOOKS}/train_seeds.ipynb {log}.ipynb {params.p} > {log} 2>&1"

rule export:
    output: "checkpoints/exports/{experiment}/{variant}.json"
    input: lambda w: node(f"checkpoints/exports/{w.experiment}/{w.variant}.json").inputs
    log: notebook="logs/export/{experiment}/{variant}.ipynb", text="logs/export/{experiment}/{variant}.log"
    params: p=lambda w: arguments(f"checkpoints/exports/{w.experiment}/{w.variant}.json")
    shell: PAPERMILL + " {NOTEBOOKS}/export.ipynb {log.notebook} {params.p} > {log.text} 2>&1"

rule report:
    output: report_files("{experiment}")
    input: lambda w: waits_for(f"tables/{w.experiment}.csv")
    log: notebook="logs/report/{experiment}.ipynb", text="logs/report/{experiment}.log"
    params: p=lambda w: arguments(f"tables/{w.experiment}.csv")
    shell: PAPERMILL + " {NOTEBOOKS}/report.ipynb {log.notebook} {params.p} > {log.text} 2>&1"
