#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/throughput.svg, docs/batch.svg and docs/context.svg from results.json. Standard library only.

    python3 docs/comparison/plot.py [--folder FOLDER] [RESULTS.json ...]

Without arguments every results*.json beside this script is drawn; what stands between "results" and ".json" ends the
names of its pictures: docs/context-llama-3.2-1b.svg. A picture whose figures are not there is left out.
"""

import argparse
import json
import math
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from drawing import FAINT, GRID, INK, OTHERS, OURS, Drawing, figure, nice_step  # noqa: E402


def colours(named):
    """Colour by name: one for this project, the same for another engine in every picture."""
    others = iter(OTHERS)
    return {entry["name"]: OURS if entry.get("ours") else next(others) for entry in named}


def prefill_and_decode(engine):
    """The two tests of an engine under llama-bench's names: pp512 and tg128, or other numbers of tokens."""
    return [next(test for test in engine if re.fullmatch(kind + r"\d+", test)) for kind in ("pp", "tg")]


def throughput(results):
    engines = results["engines"]
    prefill, decode = prefill_and_decode(engines[0])
    row, top = 34, 92
    bottom = top + row * len(engines)
    drawing = Drawing(
        bottom + 48, "Tokens a second of one sequence, by engine",
        "; ".join(f"{e['name']}: prefill {e[prefill][0]:g}, decode {e[decode][0]:g}" for e in engines))
    drawing.text(24, 34, f"One sequence: {results['model']}", size=17, weight=600)
    colour = colours(engines)
    for i, engine in enumerate(engines):
        drawing.text(24, top + row * i + 22, engine["name"], weight=600 if engine.get("ours") else None)
    for left, test, heading in ((290, prefill, f"Prefill, {prefill[2:]} tokens"), (655, decode, f"Decode, {decode[2:]} tokens")):
        width = 270
        step = nice_step(max(engine[test][2] for engine in engines), 4)
        highest = step * math.ceil(max(engine[test][2] for engine in engines) / step)
        drawing.text(left, 70, heading, weight=600)
        drawing.text(left + width, 70, "tokens/s", anchor="end", fill=FAINT, size=13)
        for tick in range(round(highest / step) + 1):
            x = left + width * tick * step / highest
            drawing.line(x, top - 8, x, bottom, GRID)
            drawing.text(x, bottom + 20, f"{tick * step:,.0f}", anchor="middle", fill=FAINT, size=12)
        for i, engine in enumerate(engines):
            median, low, high = engine[test]
            y = top + row * i
            drawing.add(f'<rect x="{left}" y="{y + 5}" width="{width * median / highest:.1f}" height="22" '
                        f'fill="{colour[engine["name"]]}"/>')
            x_low, x_high = (left + width * value / highest for value in (low, high))
            drawing.line(x_low, y + 16, x_high, y + 16, INK, 1.5)
            for x in (x_low, x_high):
                drawing.line(x, y + 11, x, y + 21, INK, 1.5)
            drawing.text(x_high + 7, y + 21, figure(median), weight=600)
    drawing.text(24, bottom + 38, "Bars: medians. Whiskers: lowest and highest round.", fill=FAINT, size=12)
    return drawing


def batch(results):
    sizes = all_x(results["batches"])
    return curves(
        results, results["batches"], "Decode by batch", "sequences",
        "Decode tokens a second against the number of sequences decoded together", "tokens/s, all sequences together",
        lambda n: math.log2(n / sizes[0]) / max(1, math.log2(sizes[-1] / sizes[0])))


def context(results):
    _, decode = prefill_and_decode(results["contexts"])
    longest = max(1, all_x(results["contexts"][decode])[-1])
    return curves(
        results, results["contexts"][decode], "Decode by context", "tokens in the KV cache",
        "Decode tokens a second of one sequence against the tokens that are in the KV cache before", "tokens/s",
        lambda depth: depth / longest)


def all_x(series):
    return sorted({point[0] for s in series for point in s["points"]})


def curves(results, series, heading, x_label, title, y_label, share):
    """A line for each series of points [x, median] or [x, median, lowest, highest]; share places x from 0 to 1."""
    left, right, top, bottom = 70, 690, 70, 350
    drawing = Drawing(
        bottom + 56, title,
        "; ".join(f"{s['name']}: " + ", ".join(f"{p[0]}: {p[1]:g}" for p in s["points"]) for s in series))
    drawing.text(24, 34, f"{heading}: {results['model']}", size=17, weight=600)
    drawing.text(left, top - 14, y_label, fill=FAINT, size=13)
    largest = max(max(point[1:]) for s in series for point in s["points"])
    step = nice_step(largest, 5)
    highest = step * math.ceil(largest / step)

    def x_of(x):
        return left + 30 + (right - left - 60) * share(x)

    def y_of(rate):
        return bottom - (bottom - top) * rate / highest

    for tick in range(round(highest / step) + 1):
        drawing.line(left, y_of(tick * step), right, y_of(tick * step), GRID)
        drawing.text(left - 10, y_of(tick * step) + 5, f"{tick * step:,.{0 if step >= 1 else 1}f}", anchor="end",
                     fill=FAINT, size=12)
    for x in all_x(series):
        drawing.line(x_of(x), bottom, x_of(x), bottom + 5, FAINT)
        drawing.text(x_of(x), bottom + 21, f"{x:,}", anchor="middle", fill=FAINT, size=12)
    drawing.text((left + right) / 2, bottom + 43, x_label, anchor="middle", fill=FAINT, size=13)
    colour = colours(results["engines"])
    colour.update((name, value) for name, value in colours(series).items() if name not in colour)
    for s in series:
        path = "L".join(f"{x_of(point[0]):.1f} {y_of(point[1]):.1f}" for point in s["points"])
        drawing.add(f'<path d="M{path}" fill="none" stroke="{colour[s["name"]]}" stroke-width="2.5"/>')
        for x, rate, *spread in s["points"]:
            if spread:
                drawing.line(x_of(x), y_of(spread[0]), x_of(x), y_of(spread[1]), colour[s["name"]], 1.5)
            drawing.add(f'<circle cx="{x_of(x):.1f}" cy="{y_of(rate):.1f}" r="4.5" fill="{colour[s["name"]]}"/>')
    for x in all_x(series):
        label_points(drawing, [(y_of(max(point[1:])), y_of(min(point[1:])), point[1], colour[s["name"]])
                               for s in series for point in s["points"] if point[0] == x], x_of(x))
    label_ends(drawing, [(y_of(s["points"][-1][1]), s["name"], colour[s["name"]]) for s in series],
               x_of(all_x(series)[-1]) + 44)
    return drawing


def label_points(drawing, points, x):
    """Values at one x: the highest one above its point, the lower ones below theirs, moved apart where need be."""
    previous = -math.inf
    for i, (above, below, rate, colour) in enumerate(sorted(points)):
        y = above - 11 if i == 0 else max(below + 22, previous + 14)
        drawing.text(x, y, figure(rate), anchor="middle", fill=colour, size=12, weight=600)
        previous = y


def label_ends(drawing, ends, x):
    """Names at the right end of the lines, moved apart where they would overlap."""
    previous = -math.inf
    for y, name, colour in sorted(ends):
        y = max(y, previous + 20)
        drawing.text(x, y + 5, name, fill=colour, weight=600)
        previous = y


def main():
    parser = argparse.ArgumentParser(description="Pictures of measured speeds")
    parser.add_argument("results", type=Path, nargs="*", default=sorted(HERE.glob("results*.json")))
    parser.add_argument("--folder", type=Path, default=HERE.parent, help="where the pictures go (default: docs)")
    arguments = parser.parse_args()
    for path in arguments.results:
        results = json.loads(path.read_text(encoding="utf-8"))
        suffix = path.stem.removeprefix("results")
        for key, draw in (("engines", throughput), ("batches", batch), ("contexts", context)):
            if results.get(key):
                draw(results).save(arguments.folder / f"{draw.__name__}{suffix}.svg")


if __name__ == "__main__":
    main()
