# SPDX-License-Identifier: Apache-2.0
"""What the scripts that measure share. Standard library only."""

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
from pathlib import Path

DENDRA = Path(__file__).resolve().parent.parent / "dendra"


def run(command):
    """Standard output of a command; its failure ends this program."""
    print("  " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return done.stdout


def free_ports(count):
    """Ports that nobody listens on, all at once, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def comma(numbers):
    return ",".join(map(str, numbers))


def llama_bench(folder, gguf, threads, prompt, generate, depths, repetitions):
    """What llama-bench says of each test, and the rate of each by its name and depth: ("tg64", 0)."""
    listed = json.loads(run([
        folder / "llama-bench", "-m", gguf, "-t", threads, "-p", prompt, "-n", generate, "-d", comma(depths), "-r",
        repetitions, "-o", "json"]))
    rates = {}
    for entry in listed:
        test = f"pp{entry['n_prompt']}" if entry["n_prompt"] else f"tg{entry['n_gen']}"
        rates[test, entry["n_depth"]] = entry["avg_ts"]
    return listed, rates


def llama_batched_bench(folder, gguf, threads, prompt, generate, batches):
    """The rate of decoding so many tokens behind so long prompts, by the number of sequences."""
    lines = run([
        folder / "llama-batched-bench", "-m", gguf, "-t", threads, "-c", max(batches) * (prompt + generate), "-npp",
        prompt, "-ntg", generate, "-npl", comma(batches), "--output-format", "jsonl"])
    entries = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return {entry["pl"]: entry["speed_tg"] for entry in entries}


def summary(values):
    """Median, lowest and highest."""
    return [float(f"{value:.5g}") for value in (statistics.median(values), min(values), max(values))]


def machine():
    """What the kernel says of this machine."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    fields = dict(map(str.strip, line.split(":", 1)) for line in reversed(information) if ":" in line)
    memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return {
        "cpu": fields.get("model name", "unknown"),
        "cpu_family_model_stepping": [int(fields.get(key, 0)) for key in ("cpu family", "model", "stepping")],
        "cpus": os.cpu_count(),
        "memory_bytes": int(memory) * 1024,
        "system": f"{platform.system()} {platform.release()}",
    }
