#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/throughput.svg and docs/batch.svg from results.json. Standard library only.

    python3 docs/comparison/plot.py
"""

import json
import math
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
WIDTH = 1000
INK, FAINT, GRID, PAPER = "#1c2733", "#46566b", "#d5dde6", "#f7f9fb"
OURS = "#2f6db5"
OTHERS = ["#c98a2b", "#a2543d", "#6f8f5e", "#83649c", "#5b7089"]


def nice_step(highest, intervals):
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that covers highest in so many intervals."""
    wanted = highest / intervals
    power = 10 ** math.floor(math.log10(wanted))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= wanted)


def colours(named):
    """Colour by name: one for this project, the same for another engine in every picture."""
    others = iter(OTHERS)
    return {entry["name"]: OURS if entry.get("ours") else next(others) for entry in named}


class Drawing:
    def __init__(self, height, title, description):
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="14" role="img" '
            'aria-labelledby="title description">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{PAPER}"/>',
        ]

    def text(self, x, y, text, anchor="start", fill=INK, size=None, weight=None):
        extra = (f' font-size="{size}"' if size else "") + (f' font-weight="{weight}"' if weight else "")
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{extra}>{escape(text)}</text>')

    def line(self, x1, y1, x2, y2, stroke, width=1):
        self.parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{stroke}" stroke-width="{width}"/>')

    def add(self, element):
        self.parts.append(element)

    def save(self, path):
        path.write_text("\n".join(self.parts + ["</svg>"]) + "\n", encoding="utf-8")


def throughput(results):
    engines = results["engines"]
    row, top = 34, 92
    bottom = top + row * len(engines)
    drawing = Drawing(
        bottom + 48, "Tokens a second of one sequence, by engine",
        "; ".join(f"{e['name']}: prefill {e['pp512'][0]:g}, decode {e['tg128'][0]:g}" for e in engines))
    drawing.text(24, 34, f"One sequence: {results['model']}", size=17, weight=600)
    colour = colours(engines)
    for i, engine in enumerate(engines):
        drawing.text(24, top + row * i + 22, engine["name"], weight=600 if engine.get("ours") else None)
    for left, test, heading in ((290, "pp512", "Prefill, 512 tokens"), (655, "tg128", "Decode, 128 tokens")):
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
            drawing.text(x_high + 7, y + 21, f"{median:,.0f}" if median >= 10 else f"{median:.1f}", weight=600)
    drawing.text(24, bottom + 38, "Bars: medians. Whiskers: lowest and highest round.", fill=FAINT, size=12)
    return drawing


def batch(results):
    series = results["batches"]
    left, right, top, bottom = 70, 690, 70, 350
    drawing = Drawing(
        bottom + 56, "Decode tokens a second against the number of sequences decoded together",
        "; ".join(f"{s['name']}: " + ", ".join(f"{n}: {rate:g}" for n, rate in s["points"]) for s in series))
    drawing.text(24, 34, f"Decode by batch: {results['model']}", size=17, weight=600)
    drawing.text(left, top - 14, "tokens/s, all sequences together", fill=FAINT, size=13)
    sizes = sorted({n for s in series for n, _ in s["points"]})
    step = nice_step(max(rate for s in series for _, rate in s["points"]), 5)
    highest = step * math.ceil(max(rate for s in series for _, rate in s["points"]) / step)

    def x_of(n):
        return left + 30 + (right - left - 60) * math.log2(n / sizes[0]) / math.log2(sizes[-1] / sizes[0])

    def y_of(rate):
        return bottom - (bottom - top) * rate / highest

    for tick in range(round(highest / step) + 1):
        drawing.line(left, y_of(tick * step), right, y_of(tick * step), GRID)
        drawing.text(left - 10, y_of(tick * step) + 5, f"{tick * step:,.0f}", anchor="end", fill=FAINT, size=12)
    for n in sizes:
        drawing.line(x_of(n), bottom, x_of(n), bottom + 5, FAINT)
        drawing.text(x_of(n), bottom + 21, str(n), anchor="middle", fill=FAINT, size=12)
    drawing.text((left + right) / 2, bottom + 43, "sequences", anchor="middle", fill=FAINT, size=13)

    colour = colours(results["engines"])
    colour.update((name, value) for name, value in colours(series).items() if name not in colour)
    for s in series:
        path = "L".join(f"{x_of(n):.1f} {y_of(rate):.1f}" for n, rate in s["points"])
        drawing.add(f'<path d="M{path}" fill="none" stroke="{colour[s["name"]]}" stroke-width="2.5"/>')
        for n, rate in s["points"]:
            drawing.add(f'<circle cx="{x_of(n):.1f}" cy="{y_of(rate):.1f}" r="4.5" fill="{colour[s["name"]]}"/>')
    for n in sizes:
        label_points(drawing, [(y_of(rate), rate, colour[s["name"]])
                               for s in series for m, rate in s["points"] if m == n], x_of(n))
    label_ends(drawing, [(y_of(s["points"][-1][1]), s["name"], colour[s["name"]]) for s in series],
               x_of(sizes[-1]) + 44)
    return drawing


def label_points(drawing, points, x):
    """Values of one batch size: the higher one above its point, the lower ones below theirs."""
    for i, (y, rate, colour) in enumerate(sorted(points)):
        drawing.text(x, y - 11 if i == 0 else y + 22, f"{rate:,.0f}", anchor="middle", fill=colour, size=12, weight=600)


def label_ends(drawing, ends, x):
    """Names at the right end of the lines, moved apart where they would overlap."""
    previous = -math.inf
    for y, name, colour in sorted(ends):
        y = max(y, previous + 20)
        drawing.text(x, y + 5, name, fill=colour, weight=600)
        previous = y


def main():
    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    throughput(results).save(HERE.parent / "throughput.svg")
    batch(results).save(HERE.parent / "batch.svg")


if __name__ == "__main__":
    main()
