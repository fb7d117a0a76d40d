#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/sparse-model.svg: perplexity ratios against the tokens that students were trained on. Standard library only.

    python3 docs/sparse-model/curves.py --add NAME=RUN/log.jsonl     takes the scores of a run into curves.json
    python3 docs/sparse-model/curves.py                              draws them

A run that goes on from another is added after it under the same name, NAME=FIRST/log.jsonl,SECOND/log.jsonl.
"""

import argparse
import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from drawing import FAINT, GRID, INK, OTHERS, OURS, Drawing  # noqa: E402

CURVES = HERE / "curves.json"
COLOURS = [OURS, *OTHERS, INK]
TOKENS = [0, 10_000, 40_000, 100_000, 200_000, 400_000, 700_000, 1_000_000, 1_500_000, 2_000_000]
RATIOS = [1, 1.05, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 2.5, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200]
LEFT, RIGHT, TOP, BOTTOM = 64, 760, 84, 470


def scores(logs):
    """Tokens, density, ratios and divergences of runs, whenever they were scored."""
    lines = (json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines())
    return [{key: line[key] for key in ("tokens", "density", "scores")} for line in lines if "scores" in line]


def ratio(point):
    """Over the evaluation's texts, or of the validation windows where those were not scored."""
    return point["scores"].get("overall", point["scores"]["validation"])["ratio"]


def picture(curves):
    points = [point for curve in curves.values() for point in curve]
    most = max(point["tokens"] for point in points)
    highest = math.log(max(ratio(point) for point in points)) * 1.05
    drawing = Drawing(
        BOTTOM + 60, "Perplexity ratio against tokens trained",
        "; ".join(f"{name}: {ratio(curve[0]):.2f} to {ratio(curve[-1]):.3f} after {curve[-1]['tokens']:,} tokens"
                  for name, curve in curves.items()))
    drawing.text(24, 34, "What training wins back", size=17, weight=600)
    drawing.text(24, 58, "Perplexity over that of the dense model; the left end is one-shot pruning", fill=FAINT, size=13)

    def x_of(tokens):
        return LEFT + (RIGHT - LEFT) * math.sqrt(tokens / most)

    def y_of(value):
        return BOTTOM - (BOTTOM - TOP) * math.sqrt(math.log(value) / highest)

    for tick in RATIOS:
        if math.log(tick) <= highest:
            drawing.line(LEFT, y_of(tick), RIGHT, y_of(tick), GRID)
            drawing.text(LEFT - 8, y_of(tick) + 4, f"{tick:g}", anchor="end", fill=FAINT, size=12)
    for tick in TOKENS:
        if tick <= most:
            drawing.line(x_of(tick), BOTTOM, x_of(tick), BOTTOM + 5, FAINT)
            drawing.text(x_of(tick), BOTTOM + 20, f"{tick / 1000:,.0f}k", anchor="middle", fill=FAINT, size=12)
    drawing.text((LEFT + RIGHT) / 2, BOTTOM + 44, "tokens trained, on a scale of square roots", anchor="middle", fill=FAINT, size=13)
    for (name, curve), colour in zip(curves.items(), COLOURS):
        path = "L".join(f"{x_of(point['tokens']):.1f} {y_of(ratio(point)):.1f}" for point in curve)
        drawing.add(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in curve:
            drawing.add(f'<circle cx="{x_of(point["tokens"]):.1f}" cy="{y_of(ratio(point)):.1f}" r="3.5" fill="{colour}"/>')
    # Names lie beside the plot in the order of the last ratios, so that they do not cover each other.
    y = TOP
    for (name, curve), colour in sorted(zip(curves.items(), COLOURS), key=lambda item: -ratio(item[0][1][-1])):
        y = max(y + 18, y_of(ratio(curve[-1])) + 4)
        drawing.text(RIGHT + 12, y, f"{name}: {ratio(curve[-1]):.3f}", fill=colour, size=13)
    drawing.save(HERE.parent / "sparse-model.svg")


def named_logs(text):
    """NAME=FILE[,FILE]"""
    name, files = text.split("=", 1)
    return name, [Path(file) for file in files.split(",")]


def main():
    parser = argparse.ArgumentParser(description="Curves of training")
    parser.add_argument("--add", action="append", default=[], type=named_logs, metavar="NAME=FILE[,FILE]")
    options = parser.parse_args()
    curves = json.loads(CURVES.read_text(encoding="utf-8")) if CURVES.exists() else {}
    curves |= {name: scores(logs) for name, logs in options.add}
    CURVES.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")
    picture(curves)


if __name__ == "__main__":
    main()
