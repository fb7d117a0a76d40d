#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/sparsity.svg and writes the tables of docs/sparsity.md from what sweep.py measured. Standard library only.

    python3 docs/sparsity/plot.py [RESULTS.json] > tables.md
"""

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from drawing import FAINT, GRID, INK, OTHERS, OURS, Drawing  # noqa: E402

COLOURS = {"dense": INK, "1x1": OTHERS[3], "1x4": OURS, "16x4": OTHERS[0], "16x64": OTHERS[1], "llama.cpp": OTHERS[2]}
DRAWN = ["dense", "sparse", "llama.cpp"]
DECODE, BATCH, PREFILL = "tg64 x1", "tg64 x16", "pp512 x1"
TICKS = [1, 1.05, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000, 10000, 100000]


def ratio(point):
    return point["evaluation"]["overall"]["perplexity_ratio"]["value"]


def size(point):
    """Bytes that a token reads; of a file for llama.cpp those of all its tensors."""
    return point["tensor_bytes"] if point["kind"] == "llama.cpp" else point["weight_bytes_per_token"]


def bits(point, weights):
    return size(point) * 8 / weights


def group(point):
    return point["pattern"] if point["kind"] == "sparse" else point["kind"]


def series(points):
    """Points of one colour: the dense ones, those of each pattern and those of llama.cpp, the largest first."""
    for name in COLOURS:
        line = [p for p in points if group(p) == name]
        if line:
            yield name, sorted(line, key=size, reverse=True)


def label(point, encoding):
    """What stands beside a mark; the encoding of a sparse model if it is not that of the others."""
    if point["kind"] != "sparse":
        return point["name"].removeprefix(point["kind"] + " ")
    return f"{point['asked_density']:g}" + ("" if point["encoding"] == encoding else f" {point['encoding']}")


def mark(drawing, name, x, y, radius):
    """A diamond for what another engine measured, a dot for the rest."""
    if name == "llama.cpp":
        drawing.add(f'<path d="M{x - radius:.1f} {y:.1f}L{x:.1f} {y - radius:.1f}L{x + radius:.1f} {y:.1f}'
                    f'L{x:.1f} {y + radius:.1f}Z" fill="{COLOURS[name]}"/>')
    else:
        drawing.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{COLOURS[name]}"/>')


def panel(drawing, left, width, top, bottom, points, x_of_point, x_label, ticks):
    highest = max(math.log(ratio(p)) for p in points) * 1.05
    lowest = min(0.0, min(math.log(ratio(p)) for p in points))
    largest = ticks[-1]

    def x_of(x):
        return left + width * x / largest

    def y_of(value):
        # Square roots of logarithms spread what is near 1, where it matters.
        return bottom - (bottom - top) * math.sqrt(max(0.0, value - lowest) / (highest - lowest))

    for tick in TICKS:
        if math.log(tick) <= highest:
            drawing.line(left, y_of(math.log(tick)), left + width, y_of(math.log(tick)), GRID)
            drawing.text(left - 8, y_of(math.log(tick)) + 4, f"{tick:g}", anchor="end", fill=FAINT, size=12)
    for tick in ticks:
        drawing.line(x_of(tick), bottom, x_of(tick), bottom + 5, FAINT)
        drawing.text(x_of(tick), bottom + 20, f"{tick:g}", anchor="middle", fill=FAINT, size=12)
    drawing.text(left + width / 2, bottom + 42, x_label, anchor="middle", fill=FAINT, size=13)
    encoding = next((p["encoding"] for p in points if p["kind"] == "sparse"), None)
    for name, line in series(points):
        places = [(x_of(x_of_point(p)), y_of(math.log(ratio(p)))) for p in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for (x, y), p in zip(places, line)
                        if p["kind"] == "sparse" and p["encoding"] == encoding)
        if path:
            drawing.add(f'<path d="M{path}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        for (x, y), point in zip(places, line):
            mark(drawing, name, x, y, 6 if name == "llama.cpp" else 4.5)
            drawing.text(x + 7, y - 6, label(point, encoding), fill=COLOURS[name], size=11)


def picture(results, weights):
    points = [p for p in results["points"] if p["kind"] in DRAWN and "speed" in p]
    top, bottom = 116, 490
    drawing = Drawing(
        bottom + 64, "Perplexity ratio against bits a weight and decode speed",
        "; ".join(f"{p['name']}: ratio {ratio(p):.3f}, {bits(p, weights):.2f} bits, {p['speed'][DECODE][0]:g} tokens/s"
                  for p in points))
    drawing.text(24, 34, f"What one-shot pruning costs, and what it brings: {results['model']}", size=17, weight=600)
    drawing.text(24, 58, "Perplexity over that of the GGUF as it is served; labels are densities, and encodings of dense models",
                 fill=FAINT, size=13)
    for i, name in enumerate(name for name, _ in series(points)):
        mark(drawing, name, 30 + 84 * i, 79, 6 if name == "llama.cpp" else 5)
        drawing.text(40 + 84 * i, 84, name, fill=COLOURS[name], weight=600)
    widest = math.ceil(max(bits(p, weights) for p in points) / 4) * 4
    panel(drawing, 70, 390, top, bottom, points, lambda p: bits(p, weights), "bits a weight that a token reads",
          [0, *range(4, widest + 1, 4)])
    fastest = math.ceil(max(p["speed"][DECODE][0] for p in points) / 100) * 100
    panel(drawing, 550, 400, top, bottom, points, lambda p: p["speed"][DECODE][0], "decode, tokens a second, one sequence",
          list(range(0, fastest + 1, 100)))
    return drawing


def with_error(figure, digits=3):
    """A figure and its standard error, which a text of one window has not."""
    error = f" ± {figure['standard_error']:.{digits}f}" if "standard_error" in figure else ""
    return f"{figure['value']:.{digits}f}{error}"


def order(point):
    """Of the rows of a table: as in the picture, pruned ones by density."""
    return [*COLOURS, "method"].index(group(point)), -point.get("asked_density", 1)


def table(results, weights, kinds):
    print("| model | density | bits a weight | perplexity ratio | KL divergence, nats | same top token | decode, tok/s | "
          "16 sequences | prefill |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    points = [point for point in results["points"] if point["kind"] in kinds and "speed" in point]
    for point in sorted(points, key=order):
        overall = point["evaluation"]["overall"]
        speed = point["speed"]
        print("| " + " | ".join([
            point["name"], f"{point['asked_density']:g}" if "asked_density" in point else "1",
            f"{bits(point, weights):.2f}", with_error(overall["perplexity_ratio"]), with_error(overall["kl_divergence"]),
            f"{100 * overall['top1_agreement']['value']:.1f} %",
            *(f"{speed[test][0]:,.0f}" if test in speed else "" for test in (DECODE, BATCH, PREFILL))]) + " |")
    print()
    for note in {point["note"]: None for point in points if "note" in point}:
        print(f"llama.cpp: {note}\n")


def domains(results):
    points = [point for point in results["points"] if "evaluation" in point]
    names = [text["text"] for text in points[0]["evaluation"]["texts"]]
    print("| model | " + " | ".join(names) + " |")
    print("|---|" + "--:|" * len(names))
    for point in sorted(points, key=order):
        texts = point["evaluation"]["texts"]
        print(f"| {point['name']} | " + " | ".join(with_error(text["perplexity_ratio"]) for text in texts) + " |")
    print()


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "results.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    weights = next(p for p in results["points"] if p["name"] == "dense bf16")["weight_bytes_per_token"] / 2
    picture(results, weights).save(HERE.parent / "sparsity.svg")
    table(results, weights, DRAWN)
    if any(point["kind"] == "method" for point in results["points"]):
        table(results, weights, ["method"])
    domains(results)


if __name__ == "__main__":
    main()
