#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads `dendra serve` and `llama-server` in turns, with the same requests. Standard library only.

    python3 docs/comparison/run_server.py --llama FOLDER -o RESULTS.json --llama-model Q4_0.gguf MODEL.gguf

Dendra serves MODEL, and llama-server each --llama-model, in the formats that suit it best. A round starts each server by
itself, gives it a load that is not counted, so that its code is compiled and its memory touched, and then measures:

    streams   16 clients in a closed loop, 128 tokens in, 128 out, no two prompts alike
    plain     the same without Dendra's guessing ahead
    prefix    4 clients, 512 tokens that all prompts share and 64 of their own, 32 out

The client is `dendra loadtest` and runs on the same cores. Figures are medians over the rounds with the lowest and the
highest. The file is written after every round.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measuring import DENDRA, free_ports, machine, run, summary  # noqa: E402

STREAMS = ["--concurrency", 16, "--prompt-tokens", 128, "--max-tokens", 128]
LOADS = {
    "streams": [*STREAMS, "--requests", 48],
    "plain": [*STREAMS, "--requests", 48, "--body", '{"speculation":false}'],
    "prefix": ["--concurrency", 4, "--prefix-tokens", 512, "--prompt-tokens", 64, "--max-tokens", 32,
               "--requests", 48],
}
FIGURES = {
    "output_tokens_per_second": ("tokens_per_second",),
    "ttft_p50_ms": ("ttft_ms", "p50"),
    "ttft_p99_ms": ("ttft_ms", "p99"),
    "itl_p50_ms": ("itl_ms", "p50"),
    "itl_p99_ms": ("itl_ms", "p99"),
    "tpot_p50_ms": ("tpot_ms", "p50"),
}


class Server:
    """A program that listens on a port while it is measured."""

    def __init__(self, name, model, command, loads, ready):
        self.name = f"{name}, {Path(model).stem}"
        self.command = command
        self.loads = loads
        self.ready = ready

    @contextlib.contextmanager
    def running(self):
        ports = free_ports(2)
        command = [str(part).format(port=ports[0], admin=ports[1]) for part in self.command]
        print("  " + " ".join(command), file=sys.stderr, flush=True)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(process, f"http://127.0.0.1:{ports[self.ready[0]]}{self.ready[1]}")
            yield f"http://127.0.0.1:{ports[0]}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def wait_until_ready(process, url):
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with {process.returncode}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(url, timeout=5) as response:
                if response.status == 200:
                    return
        time.sleep(0.2)
    sys.exit(f"{process.args[0]} was not ready after two minutes")


def load(url, arguments):
    report = json.loads(run([DENDRA, "loadtest", "--url", url, "--warmup", 4, "--json", "-", *arguments]))
    median = report["levels"][0]["median"]
    figures = {}
    for name, path in FIGURES.items():
        value = median
        for key in path:
            value = value[key]
        figures[name] = value
    return figures


def servers(options):
    threads = options.threads
    for activations in options.activations.split(","):
        yield Server(
            f"Dendra, {activations}", options.model,
            [DENDRA, "serve", "--model", options.model, "--threads", threads, "--activations", activations, "--port",
             "{port}", "--admin-port", "{admin}", "--log-format", "none"], ["streams", "plain", "prefix"],
            (1, "/health/ready"))
    for model in options.llama_model or [options.model]:
        yield Server(
            "llama-server", model,
            [options.llama / "llama-server", "-m", model, "-t", threads, "-tb", threads, "--parallel", 16, "-c",
             16 * 1024, "--host", "127.0.0.1", "--port", "{port}"], ["streams", "prefix"], (0, "/health"))


def parse():
    parser = argparse.ArgumentParser(description="dendra serve and llama-server in turns")
    parser.add_argument("model", type=Path, metavar="MODEL.gguf")
    parser.add_argument("--llama", type=Path, required=True, metavar="FOLDER", help="where llama-server is")
    parser.add_argument("--llama-model", type=Path, action="append", metavar="GGUF", help="default: MODEL; repeatable")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--activations", default="auto", help="of Dendra, one after the other: auto,i8")
    return parser.parse_args()


def main():
    options = parse()
    gathered = {}
    for done in range(1, options.rounds + 1):
        print(f"round {done} of {options.rounds}", file=sys.stderr)
        for server in servers(options):
            with server.running() as url:
                load(url, [*STREAMS, "--requests", 16])
                for name in server.loads:
                    for figure, value in load(url, LOADS[name]).items():
                        by_load = gathered.setdefault(server.name, {}).setdefault(name, {})
                        by_load.setdefault(figure, []).append(value)
        document = {
            "comment": "Median, lowest and highest of the rounds. run_server.py wrote this.",
            "machine": machine(),
            "threads": options.threads,
            "rounds": done,
            "loads": {name: " ".join(map(str, arguments)) for name, arguments in LOADS.items()},
            "servers": {
                server: {name: {figure: summary(values) for figure, values in figures.items()}
                         for name, figures in loads.items()}
                for server, loads in gathered.items()},
        }
        options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
