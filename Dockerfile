# docker build -t emorec . && docker run --rm -it -v emorec-runs:/emorec/checkpoints emorec make demo
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
WORKDIR /emorec
# What decides about packages comes first, so that a change of the code doesn't install them again
COPY Makefile pyproject.toml constraints.txt README.md LICENSE ./
COPY emorec/__init__.py emorec/
RUN make .venv/.ready
COPY . .
CMD ["make", "demo"]
