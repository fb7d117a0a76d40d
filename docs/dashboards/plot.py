#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/generations.svg from results.json, which deploy/grafana/check.py --save has written. Standard library only.

    python3 docs/dashboards/plot.py
"""

import json
import math
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from drawing import FAINT, GRID, OTHERS, OURS, Drawing, figure, nice_step  # noqa: E402

CHARTS = (
    ("Generated", "tokens/s", "tokens_per_second", 1),
    ("Sequences decoded by a step", "", "batch", 1),
    ("Read while computing", "GB/s", "read_bytes_per_second", 1e9),
)
WIDTH, HEIGHT, LEFT, TOP, GAP = 270, 220, 48, 108, 46


def chart(drawing, left, heading, unit, lines, clients):
    bottom = TOP + HEIGHT
    drawing.text(left, TOP - 22, heading, weight=600)
    drawing.text(left + WIDTH, TOP - 22, unit, anchor="end", fill=FAINT, size=13)
    highest = max(value for _, values in lines for value in values)
    step = nice_step(highest, 4)
    highest = step * math.ceil(highest / step)
    for tick in range(round(highest / step) + 1):
        y = bottom - HEIGHT * tick * step / highest
        drawing.line(left, y, left + WIDTH, y, GRID)
        drawing.text(left - 6, y + 4, f"{tick * step:g}", anchor="end", fill=FAINT, size=12)
    places = [left + WIDTH * (i + 0.5) / len(clients) for i in range(len(clients))]
    for x, count in zip(places, clients):
        drawing.text(x, bottom + 18, str(count), anchor="middle", fill=FAINT, size=12)
    for colour, values in lines:
        points = [(x, bottom - HEIGHT * value / highest) for x, value in zip(places, values)]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        drawing.add(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), value in zip(points, values):
            drawing.add(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{figure(value)}</title></circle>')


def main():
    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    clients = sorted({each["clients"] for each in results["loads"]})
    paths = list(dict.fromkeys(each["isa_path"] for each in results["loads"]))
    colours = dict(zip(paths, (OURS, *OTHERS)))
    value = {(each["isa_path"], each["clients"]): each["figures"] for each in results["loads"]}
    described = "; ".join(
        f"{path}: " + ", ".join(f"{value[path, count]['tokens_per_second']:.0f} tokens/s with {count} clients" for count in clients)
        for path in paths)
    drawing = Drawing(TOP + HEIGHT + 62, "One processor as two generations, from Prometheus", described)
    drawing.text(24, 34, "One processor as two generations: the same server held to another instruction set", size=17, weight=600)
    x = 24
    for path in paths:
        drawing.add(f'<circle cx="{x + 6}" cy="56" r="5" fill="{colours[path]}"/>')
        drawing.text(x + 18, 61, path, size=13)
        x += 40 + 8 * len(path)
    for index, (heading, unit, name, scale) in enumerate(CHARTS):
        lines = [(colours[path], [value[path, count][name] / scale for count in clients]) for path in paths]
        chart(drawing, LEFT + index * (WIDTH + GAP), heading, unit, lines, clients)
    machine = results["machine"]
    drawing.text(
        24, TOP + HEIGHT + 44,
        f"Clients in a closed loop. {machine['cpu']}, {machine['cpus']} CPUs of a virtual machine; one compute thread,"
        " the clients on the other CPU; servers loaded in turns.", fill=FAINT, size=12)
    drawing.save(HERE.parent / "generations.svg")


if __name__ == "__main__":
    main()
