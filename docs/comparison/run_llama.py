#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times Dendra and llama.cpp in turns and writes what plot.py draws. Standard library only.

    python3 docs/comparison/run_llama.py --llama FOLDER -o RESULTS.json MODEL ...

A MODEL is a GGUF file, which both read, or a shape that synthetic_gguf.py knows: then Dendra makes weights up in memory
and llama.cpp reads a GGUF of that shape, written to --work once. FOLDER has llama-bench and llama-batched-bench;
NAME=FOLDER names a build, and --llama may be given more than once. A round runs every program once on every model:

    dendra bench -p 512 -n 128 --batch 1 --depth 0,2048,8192     llama-bench -p 512 -n 128 -d 0,2048,8192
    dendra bench -p 0 -n 64 --batch 1,4,16,64 --depth 8          llama-batched-bench -npp 8 -ntg 64 -npl 1,4,16,64

Figures are medians over the rounds with the lowest and the highest. The file is written after every round.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import synthetic_gguf

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from measuring import DENDRA, comma, llama_batched_bench, llama_bench, machine, run, summary  # noqa: E402

BATCH_PROMPT, BATCH_GENERATED = 8, 64


class Model:
    def __init__(self, argument, work):
        self.shape = argument if argument in synthetic_gguf.SHAPES else None
        self.label = argument if self.shape else Path(argument).stem
        self.gguf = work / f"{argument}.Q4_0.gguf" if self.shape else Path(argument)
        self.dendra = ["--synthetic", argument] if self.shape else ["--model", argument]

    def prepare(self):
        if self.shape and not self.gguf.exists():
            self.gguf.parent.mkdir(parents=True, exist_ok=True)
            run([sys.executable, HERE / "synthetic_gguf.py", self.shape, self.gguf])
        if not self.gguf.is_file():
            sys.exit(f"{self.gguf} is neither a file nor one of the shapes {', '.join(synthetic_gguf.SHAPES)}")


class Dendra:
    def __init__(self, options):
        self.options = options

    def measure(self, model):
        """Yields (engine, facts, figures) for each kind of kernels; a figure's key is (test, depth, batch)."""
        for activations in self.options.activations.split(","):
            yield from self.measure_activations(model, activations)

    def measure_activations(self, model, activations):
        options = self.options
        by_depth = self.bench(model, activations, options.prompt, options.generate, [1], options.depths)
        by_batch = self.bench(model, activations, 0, BATCH_GENERATED, options.batches, [BATCH_PROMPT])
        for first, second in zip(by_depth["runs"], by_batch["runs"]):
            figures = {}
            for kind, run_of_kind in (("depth", first), ("batch", second)):
                for result in run_of_kind["results"]:
                    test = result["test"].split(" ")[0]
                    figures[kind, test, result["depth"], result["batch"]] = result["tokens_per_second"]
            facts = {
                "weights": by_depth["weights"],
                "activations": first["activations"],
                "weight_bytes_per_token": by_depth["weight_bytes_per_token"],
                "packed_bytes": by_depth["packed_bytes"],
                "kv_bytes": by_depth["kv_bytes"],
            }
            # Of all kernels in one process: the most that any of them took.
            peak = by_depth.get("peak_resident_bytes")
            spread = {"peak_resident_bytes": peak, "memory_read_bytes_per_second": by_depth.get(
                "memory_read_bytes_per_second"), "decode_share_of_read_bandwidth": first.get(
                "decode_share_of_read_bandwidth")}
            name = f"Dendra, {first['kernels']} ({first['isa']}, {first['activations']})"
            yield name, facts, spread, figures

    def bench(self, model, activations, prompt, generate, batches, depths):
        options = self.options
        return json.loads(run([
            DENDRA, "bench", *model.dendra, "--kernels", options.kernels, "--activations", activations, "--threads",
            options.threads, "-p", prompt, "-n", generate, "--batch", comma(batches), "--depth", comma(depths),
            "--repetitions", 1, "--json"]))


class Llama:
    def __init__(self, argument, options):
        name, separator, folder = argument.rpartition("=")
        self.name = f"llama.cpp, {name}" if separator else "llama.cpp"
        self.folder = Path(folder)
        self.options = options

    def measure(self, model):
        options = self.options
        listed, by_depth = llama_bench(
            self.folder, model.gguf, options.threads, options.prompt, options.generate, options.depths, repetitions=1)
        by_batch = llama_batched_bench(
            self.folder, model.gguf, options.threads, BATCH_PROMPT, BATCH_GENERATED, options.batches)
        figures = {("depth", test, depth, 1): rate for (test, depth), rate in by_depth.items()} | {
            ("batch", f"tg{BATCH_GENERATED}", BATCH_PROMPT, batch): rate for batch, rate in by_batch.items()}
        facts = {"weights": listed[0]["model_type"], "weight_bytes": listed[0]["model_size"]}
        yield self.name, facts, {}, figures


class Results:
    """Figures of all rounds, by engine in the order in which engines were met."""

    def __init__(self, options, several):
        self.options = options
        self.several = several
        self.engines = {}

    def add(self, model, name, facts, spread, figures):
        if self.several:
            name = f"{name}, {model.label}"
        engine = self.engines.setdefault(name, {"facts": facts, "spread": {}, "figures": {}})
        for gathered, values in (("spread", spread), ("figures", figures)):
            for key, value in values.items():
                if value is not None:
                    engine[gathered].setdefault(key, []).append(value)

    def series(self, kind, test):
        """Lines of a picture: x is the depth or the batch."""
        x = {"depth": 2, "batch": 3}[kind]
        lines = []
        for name, engine in self.engines.items():
            points = sorted([key[x], *summary(values)] for key, values in engine["figures"].items()
                            if key[:2] == (kind, test))
            lines.append({"name": name, **ours(name), "points": points})
        return lines

    def document(self, title, rounds):
        options = self.options
        tests = [f"pp{options.prompt}", f"tg{options.generate}"]
        depth = options.depths[0]
        engines = []
        for name, engine in self.engines.items():
            single = {test: summary(engine["figures"]["depth", test, depth, 1]) for test in tests}
            spread = {key: summary(values) for key, values in engine["spread"].items()}
            engines.append({"name": name, **ours(name), **single, **engine["facts"], **spread})
        # A curve takes more than one depth.
        contexts = {test: self.series("depth", test) for test in tests} if len(options.depths) > 1 else {}
        return {
            "comment": "Tokens a second; median, lowest and highest of the rounds. run_llama.py wrote this, plot.py "
                       "draws it.",
            "model": f"{title}, {options.threads} threads",
            "machine": machine(),
            "threads": options.threads,
            "rounds": rounds,
            "engines": engines,
            "contexts": contexts,
            "batches": self.series("batch", f"tg{BATCH_GENERATED}"),
        }


def ours(name):
    return {"ours": True} if name.startswith("Dendra") else {}


def numbers(text):
    return sorted({int(part) for part in text.split(",")})


def parse():
    parser = argparse.ArgumentParser(description="Dendra and llama.cpp in turns")
    parser.add_argument("models", nargs="+", metavar="MODEL", help="GGUF file or name of a shape")
    parser.add_argument("--llama", action="append", required=True, metavar="[NAME=]FOLDER")
    parser.add_argument("--llama-also", action="append", default=[], metavar="MODEL", help="that llama.cpp alone reads")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--title", help="the model's name in pictures (default: the models' own names)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--kernels", default="native", help="as for dendra bench: native,vector (default: native)")
    parser.add_argument("--activations", default="auto", help="as for dendra bench, one after the other: auto,i8")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=128)
    parser.add_argument("--depths", type=numbers, default=[0, 2048, 8192])
    parser.add_argument("--batches", type=numbers, default=[1, 4, 16, 64])
    parser.add_argument("--work", type=Path, default=Path("/tmp/dendra-llama"), help="where GGUFs of shapes are kept")
    return parser.parse_args()


def main():
    options = parse()
    models = [Model(argument, options.work) for argument in options.models]
    others = [Model(argument, options.work) for argument in options.llama_also]
    for model in models + others:
        model.prepare()
    rivals = [Llama(argument, options) for argument in options.llama]
    engines = [Dendra(options), *rivals]
    title = options.title or ", ".join(model.label for model in models)
    results = Results(options, len(models + others) > 1)
    for done in range(1, options.rounds + 1):
        print(f"round {done} of {options.rounds}", file=sys.stderr)
        for model in models + others:
            for engine in engines if model in models else rivals:
                for measured in engine.measure(model):
                    results.add(model, *measured)
        text = json.dumps(results.document(title, done), indent=1)
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
