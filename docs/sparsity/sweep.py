#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prunes a model in many ways, and measures quality and speed of each. Standard library only.

    python3 docs/sparsity/sweep.py --work FOLDER -o docs/sparsity/results.json MODEL.gguf \\
        [--extra 16x64:0.5 ...] [--packed NAME=FILE.dendra ...] [--llama FOLDER --llama-models OTHER.gguf ...]

The grid is every pattern at every density, by one method and in one encoding; the methods beside each other at one point;
and the dense model in some encodings. --extra adds a point, PATTERN:DENSITY[:ENCODING[:METHOD]]; --no-grid adds nothing
else to what the file has; --packed adds a model that was made elsewhere, such as one that was trained. Models are kept in --work and made once. Then `dendra eval` compares each with the GGUF file as
it is served, and `dendra bench` times all of them in turns, those of earlier runs too: figures are medians over the rounds
with the lowest and the highest. --rounds 0 times nothing. The file is written after every step; quality that it has is not
measured again, while speeds of a run replace those of the last, since only points of the same rounds can be compared.

FOLDER of --llama has llama-bench and, for 16 sequences, llama-batched-bench, which are timed in the same rounds:

    dendra bench -p 512 -n 64 --batch 1,16 --repetitions 2       llama-bench -p 512 -n 64 -r 2
                                                                 llama-batched-bench -npp 8 -ntg 64 -npl 16

What plot.py draws is the file that this writes.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measuring import DENDRA, comma, llama_batched_bench, llama_bench, machine, run, summary  # noqa: E402

PATTERNS = ["1x1", "1x4", "16x4", "16x64"]
DENSITIES = [0.9, 0.75, 0.5, 0.25]
DENSE = ["bf16", "i8", "i8g32", "u4g32"]
TEXTS = ["literature", "code", "prose"]
PROMPT, GENERATED, BATCH, REPETITIONS = 512, 64, 16, 2
# llama-batched-bench generates nothing without a prompt.
BATCH_PROMPT = 8


def grid(options):
    """Name, kind and how it is made of every model that is not asked for by itself."""
    yield {"name": "as served", "kind": "dense", "encoding": "as the GGUF"}
    for encoding in options.dense:
        yield {"name": f"dense {encoding}", "kind": "dense", "encoding": encoding}
    for pattern in options.patterns:
        for density in options.densities:
            yield sparse(options, pattern, density)
    pattern, density = options.compared
    for method in options.methods:
        for extra in ([], ["--reconstruct"]) if method == options.method else ([],):
            name = f"{pattern} {density:g} {' '.join([method, *(word.lstrip('-') for word in extra)])}"
            yield sparse(options, pattern, density, method=method) | {"name": name, "kind": "method", "options": extra}


def sparse(options, pattern, density, encoding=None, method=None):
    """A pruned model, whose name has what is not as in the grid; only one of the grid's method is drawn."""
    encoding, method = encoding or options.encoding, method or options.method
    unusual = [word for word in (encoding, method) if word not in (options.encoding, options.method)]
    return {"name": " ".join([pattern, f"{density:g}", *unusual]),
            "kind": "sparse" if method == options.method else "method", "pattern": pattern, "asked_density": density,
            "encoding": encoding, "method": method, "options": []}


def packed(name, path):
    """A model that was made elsewhere."""
    return {"name": name, "kind": "packed", "file": path.name}


def llama(gguf):
    """A GGUF file that llama.cpp reads. Of its quality Dendra speaks, so that all points have the same arithmetic."""
    return {"name": f"llama.cpp {gguf.stem}", "kind": "llama.cpp", "encoding": gguf.stem,
            "note": "speed is llama.cpp's; quality that of Dendra with the same file, since the weights are the same; bits are "
                    "those of all tensors of the file."}


def variants(options):
    if not options.no_grid:
        yield from grid(options)
    for extra in options.extra:
        yield sparse(options, *extra)
    for name, path in options.packed:
        yield packed(name, path)
    for gguf in options.llama_models:
        yield llama(gguf)


def make(point, options, document):
    """The model's file, and the seconds that it took."""
    if point["name"] == "as served":
        return options.model, 0.0
    if point["kind"] == "llama.cpp":
        return next(gguf for gguf in options.llama_models if llama(gguf)["name"] == point["name"]), 0.0
    if point["kind"] == "packed":
        return dict(options.packed)[point["name"]], 0.0
    path = options.work / (point["name"].replace(" ", "-") + ".dendra")
    start = time.monotonic()
    if not path.exists() and point["kind"] == "dense":
        run([DENDRA, "convert", options.model, "--encoding", point["encoding"], "-o", path])
    elif not path.exists():
        run([DENDRA, "sparsify", options.model, "--pattern", point["pattern"], "--density", point["asked_density"],
             "--method", point["method"], "--encoding", point["encoding"], *document["calibration"], *point["options"],
             "-o", path])
    return path, time.monotonic() - start


def evaluate(path, options, document):
    parts = [argument for text in TEXTS for argument in ("--text", text)]
    if options.choices:
        parts += ["--choices", "general"]
    return json.loads(run([DENDRA, "eval", path, "--baseline", options.model, *parts, "--tokens",
                           document["evaluated_tokens_of_each_text"], "--json"]))


def bench(path, options):
    document = json.loads(run([
        DENDRA, "bench", "--model", path, "-p", PROMPT, "-n", GENERATED, "--batch", comma([1, BATCH]), "--repetitions",
        REPETITIONS, "--threads", options.threads, "--activations", options.activations, "--json"]))
    speeds = {f"{result['test'].split(' ')[0]} x{result['batch']}": result["tokens_per_second"]
              for result in document["runs"][0]["results"]}
    facts = {key: document[key] for key in ("weights", "weight_bytes_per_token", "packed_bytes", "peak_resident_bytes",
                                            "kv_bytes") if key in document}
    return speeds, facts


def bench_llama(gguf, options):
    listed, rates = llama_bench(options.llama, gguf, options.threads, PROMPT, GENERATED, [0], REPETITIONS)
    speeds = {f"{test} x1": rate for (test, _), rate in rates.items()}
    if (options.llama / "llama-batched-bench").exists():
        by_batch = llama_batched_bench(options.llama, gguf, options.threads, BATCH_PROMPT, GENERATED, [BATCH])
        speeds |= {f"tg{GENERATED} x{batch}": rate for batch, rate in by_batch.items()}
    return speeds, {"weights": listed[0]["model_type"], "tensor_bytes": listed[0]["model_size"]}


def save(document, options):
    options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def point_to_add(text):
    """PATTERN:DENSITY[:ENCODING[:METHOD]]"""
    pattern, density, *rest = text.split(":")
    if pattern not in PATTERNS or len(rest) > 2:
        raise ValueError(text)
    return pattern, float(density), *rest


def packed_to_add(text):
    """NAME=FILE"""
    name, file = text.split("=", 1)
    return name, Path(file)


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
    parser.add_argument("--no-grid", action="store_true", help="add no points but those of --extra and --llama-models")
    parser.add_argument("--extra", action="append", default=[], type=point_to_add,
                        metavar="PATTERN:DENSITY[:ENCODING[:METHOD]]", help="one more point; may be given more than once")
    parser.add_argument("--packed", action="append", default=[], type=packed_to_add, metavar="NAME=FILE",
                        help="a model that was made elsewhere; may be given more than once")
    parser.add_argument("--choices", action="store_true", help="evaluate on multiple choice as well")
    parser.add_argument("--llama", type=Path, metavar="FOLDER", help="with llama-bench and llama-batched-bench")
    parser.add_argument("--llama-models", nargs="*", type=Path, default=[], metavar="GGUF", help="that llama.cpp reads")
    parser.add_argument("--calibration", nargs="*", type=lambda word: word.lstrip("="),
                        help="further arguments of sparsify, the dashes as =--x=y (default: those of the file, or none)")
    parser.add_argument("--tokens", type=int, help="of each evaluation text (default: those of the file, or 8192)")
    parser.add_argument("--rounds", type=int, default=3, help="0 for quality alone")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--activations", default="auto")
    options = parser.parse_args()
    options.compared = (options.compared[0], float(options.compared[1]))
    if options.llama_models and options.rounds and not options.llama:
        parser.error("--llama-models cannot be timed without --llama")
    return options


def opened(options):
    """The file as it is so far. Points of other calibration or texts could not be compared with what it has."""
    asked = {"calibration": options.calibration, "evaluated_tokens_of_each_text": options.tokens}
    if not options.output.exists():
        return {
            "comment": "sweep.py wrote this, plot.py draws it. Speeds are tokens a second: median, lowest and highest round.",
            "model": options.title or options.model.stem, "machine": machine(), "calibration": asked["calibration"] or [],
            "evaluated_tokens_of_each_text": asked["evaluated_tokens_of_each_text"] or 8192, "points": []}
    document = json.loads(options.output.read_text(encoding="utf-8"))
    for key, value in asked.items():
        if value is not None and value != document[key]:
            sys.exit(f"{options.output} has another {key}: {document[key]}, not {value}")
    return document


def add_points(document, options):
    points = {point["name"]: point for point in document["points"]}
    for variant in variants(options):
        points.setdefault(variant["name"], variant)
    document["points"] = list(points.values())


def measurable(document, options):
    """Its points, but for those whose file only the command line names and this one does not."""
    given = {llama(gguf)["name"] for gguf in options.llama_models} | {name for name, _ in options.packed}
    points = [p for p in document["points"] if p["kind"] not in ("llama.cpp", "packed") or p["name"] in given]
    for point in document["points"]:
        if point not in points:
            print(f"{point['name']} stays as it is: its file was not given", file=sys.stderr)
    return points


def main():
    options = parse()
    options.work.mkdir(parents=True, exist_ok=True)
    document = opened(options)
    add_points(document, options)
    points = measurable(document, options)
    paths = {}
    for point in points:
        paths[point["name"]], seconds = make(point, options, document)
        point.setdefault("seconds", round(seconds, 1))
        if "evaluation" not in point:
            point["evaluation"] = evaluate(paths[point["name"]], options, document)
            save(document, options)
    gathered = {name: {} for name in paths}
    for done in range(1, options.rounds + 1):
        print(f"round {done} of {options.rounds}", file=sys.stderr)
        for point in points:
            measure = bench_llama if point["kind"] == "llama.cpp" else bench
            speeds, facts = measure(paths[point["name"]], options)
            point.update(facts)
            for test, speed in speeds.items():
                gathered[point["name"]].setdefault(test, []).append(speed)
        for point in points:
            point["speed"] = {test: summary(values) for test, values in gathered[point["name"]].items()}
        document["rounds"] = done
        save(document, options)


if __name__ == "__main__":
    main()
