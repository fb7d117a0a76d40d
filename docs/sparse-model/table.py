#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of docs/sparse-model.md from what ../sparsity/sweep.py measured. Standard library only.

    python3 docs/sparse-model/table.py [RESULTS.json] > tables.md

What one-shot pruning makes comes from docs/sparsity/results.json, whose texts and baseline are the same; its speeds are another host's and left out.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUALITY = ["model", "literature", "code", "prose", "ratio", "KL, nats", "same top token", "multiple choice", "per byte"]
SPEED = ["model", "read for a token, MB", "decode, tok/s", "16 sequences", "prefill"]
ONE_SHOT = ["1x4 0.75", "1x4 0.75 u4g32"]
RATES = ["tg64 x1", "tg64 x16", "pp512 x1"]


def figure(value, digits):
    return f"{value['value']:.{digits}f} ± {value['standard_error']:.{digits}f}"


def quality(point):
    """Perplexities by text, and what of the evaluation is over all texts."""
    evaluation = point["evaluation"]
    overall = evaluation["overall"]
    cells = [f"{text['perplexity']['value']:.1f}" for text in evaluation["texts"]]
    cells += [figure(overall[key], 3) for key in ("perplexity_ratio", "kl_divergence")]
    cells.append(f"{overall['top1_agreement']['value']:.1%}")
    choices = evaluation.get("choices")
    cells += [f"{choices['model'][key]['value']:.3f}" if choices else "" for key in ("accuracy", "accuracy_per_byte")]
    return [point["name"], *cells]


def speed(point):
    """Bytes in millions, rates with the lowest and highest round."""
    read = point.get("weight_bytes_per_token") or point.get("tensor_bytes")
    rates = []
    for rate in RATES:
        median, lowest, highest = point["speed"][rate]
        rates.append(f"{median:,.0f} ({lowest:,.0f} to {highest:,.0f})")
    return [point["name"], f"{read / 1e6:.1f}", *rates]


def table(columns, rows):
    lines = [columns, ["---"] + ["--:"] * (len(columns) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results.json"
    points = json.loads(path.read_text(encoding="utf-8"))["points"]
    pruned = json.loads((HERE.parent / "sparsity/results.json").read_text(encoding="utf-8"))["points"]
    one_shot = [point | {"name": f"one shot, {point['name']}"} for point in pruned if point["name"] in ONE_SHOT]
    print(table(QUALITY, [quality(point) for point in [*points, *one_shot] if "evaluation" in point]))
    print()
    print(table(SPEED, [speed(point) for point in points if "speed" in point]))


if __name__ == "__main__":
    main()
