#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prunes a model in many ways, and measures quality and speed of each. Standard library only.

    python3 docs/sparsity/sweep.py --work FOLDER -o docs/sparsity/results.json MODEL.gguf [--llama NAME.gguf=FOLDER ...]

Every pattern at every density, by one method and in one encoding; the methods beside each other at one point; and the dense
model in some encodings. Models are kept in --work and made once. Then `dendra eval` compares each with the GGUF file as it
is served, and `dendra bench` times all of them in turns: figures are medians over the rounds with the lowest and the
highest. The file is written after every step, and what it has is not measured again; plot.py draws it.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DENDRA = HERE.parent.parent / "dendra"
PATTERNS = ["1x1", "1x4", "16x4", "16x64"]
DENSITIES = [0.9, 0.75, 0.5, 0.25]
DENSE = ["bf16", "i8", "i8g32", "u4g32"]
TEXTS = ["literature", "code", "prose"]


def run(command):
    """Standard output of a command and the seconds that it took; its failure ends this program."""
    print("  " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    start = time.monotonic()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return done.stdout, time.monotonic() - start


def variants(options):
    """Name, kind and how it is made of every model."""
    yield {"name": "as served", "kind": "dense", "encoding": "as the GGUF"}
    for encoding in options.dense:
        yield {"name": f"dense {encoding}", "kind": "dense", "encoding": encoding}
    for pattern in options.patterns:
        for density in options.densities:
            yield sparse(options, pattern, density, options.method)
    pattern, density = options.compared
    for method in options.methods:
        for extra in ([], ["--reconstruct"]) if method == options.method else ([],):
            name = f"{pattern} {density:g} {' '.join([method, *(word.lstrip('-') for word in extra)])}"
            yield sparse(options, pattern, density, method, extra) | {"name": name, "kind": "method"}


def sparse(options, pattern, density, method, extra=()):
    return {"name": f"{pattern} {density:g}", "kind": "sparse", "pattern": pattern, "asked_density": density,
            "encoding": options.encoding, "method": method, "options": list(extra)}


def make(variant, options):
    """The model's file."""
    if variant["name"] == "as served":
        return options.model, 0.0
    path = options.work / (variant["name"].replace(" ", "-") + ".dendra")
    if path.exists():
        return path, variant.get("seconds", 0.0)
    if variant["kind"] == "dense":
        _, seconds = run([DENDRA, "convert", options.model, "--encoding", variant["encoding"], "-o", path])
    else:
        _, seconds = run([
            DENDRA, "sparsify", options.model, "--pattern", variant["pattern"], "--density", variant["asked_density"],
            "--method", variant["method"], "--encoding", variant["encoding"], *options.calibration,
            *variant["options"], "-o", path])
    return path, seconds


def evaluate(path, options):
    texts = [argument for text in TEXTS for argument in ("--text", text)]
    out, _ = run([DENDRA, "eval", path, "--baseline", options.model, *texts, "--tokens", options.tokens, "--json"])
    return json.loads(out)


def bench(path, options, activations):
    out, _ = run([DENDRA, "bench", "--model", path, "-p", 512, "-n", 64, "--batch", "1,16", "--repetitions", 2,
                  "--activations", activations, "--json"])
    document = json.loads(out)
    speeds = {f"{result['test'].split(' ')[0]} x{result['batch']}": result["tokens_per_second"]
              for result in document["runs"][0]["results"]}
    facts = {key: document[key] for key in ("weights", "weight_bytes_per_token", "packed_bytes", "peak_resident_bytes",
                                            "kv_bytes") if key in document}
    return speeds, facts


def summary(values):
    return [float(f"{value:.5g}") for value in (statistics.median(values), min(values), max(values))]


def machine():
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    fields = dict(map(str.strip, line.split(":", 1)) for line in reversed(information) if ":" in line)
    return {"cpu": fields.get("model name", "unknown"), "cpus": os.cpu_count(),
            "cpu_family_model_stepping": [int(fields.get(key, 0)) for key in ("cpu family", "model", "stepping")],
            "system": f"{platform.system()} {platform.release()}"}


def save(document, options):
    options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def parse():
    parser = argparse.ArgumentParser(description="Quality and speed of sparse models")
    parser.add_argument("model", type=Path, metavar="MODEL.gguf")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder of the models that are made")
    parser.add_argument("--title", help="the model's name in pictures (default: its file's)")
    parser.add_argument("--encoding", default="i8")
    parser.add_argument("--method", default="sparsegpt")
    parser.add_argument("--methods", nargs="*", default=["magnitude", "wanda", "sparsegpt"])
    parser.add_argument("--compared", nargs=2, default=["1x4", "0.75"], metavar=("PATTERN", "DENSITY"))
    parser.add_argument("--patterns", nargs="*", default=PATTERNS)
    parser.add_argument("--densities", nargs="*", type=float, default=DENSITIES)
    parser.add_argument("--dense", nargs="*", default=DENSE)
    parser.add_argument("--calibration", nargs="*", default=[], help="further arguments of sparsify, the dashes as =--x=y",
                        type=lambda word: word.lstrip("="))
    parser.add_argument("--tokens", type=int, default=8192, help="tokens of each evaluation text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--activations", default="auto")
    options = parser.parse_args()
    options.compared = (options.compared[0], float(options.compared[1]))
    return options


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    document = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {
        "comment": "sweep.py wrote this, plot.py draws it. Speeds are tokens a second: median, lowest and highest round.",
        "model": options.title or options.model.stem, "machine": machine(), "calibration": options.calibration,
        "evaluated_tokens_of_each_text": options.tokens, "points": []}
    points = {point["name"]: point for point in document["points"]}
    paths = {}
    for variant in variants(options):
        point = points.setdefault(variant["name"], variant)
        if point is variant:
            document["points"].append(point)
        paths[variant["name"]], seconds = make(point, options)
        point.setdefault("seconds", round(seconds, 1))
        if "evaluation" not in point:
            point["evaluation"] = evaluate(paths[variant["name"]], options)
            save(document, options)
    gathered = {name: {} for name in paths}
    for done in range(1, options.rounds + 1):
        print(f"round {done} of {options.rounds}", file=sys.stderr)
        for name, path in paths.items():
            speeds, facts = bench(path, options, options.activations)
            points[name].update(facts)
            for test, speed in speeds.items():
                gathered[name].setdefault(test, []).append(speed)
        for name, tests in gathered.items():
            points[name]["speed"] = {test: summary(values) for test, values in tests.items()}
        document["rounds"] = done
        save(document, options)


if __name__ == "__main__":
    main()
