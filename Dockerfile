# docker build -t emorec . && docker run --rm -it -v emorec-runs:/emorec/checkpoints emorec make demo
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
WORKDIR /emorec
COPY . .
RUN make .venv/.ready
CMD ["make", "demo"]
