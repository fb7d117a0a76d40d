# SPDX-License-Identifier: Apache-2.0
"""What the scripts that draw pictures of measurements share. Standard library only."""

import math
from html import escape

WIDTH = 1000
INK, FAINT, GRID, PAPER = "#1c2733", "#46566b", "#d5dde6", "#f7f9fb"
OURS = "#2f6db5"
OTHERS = ["#c98a2b", "#a2543d", "#6f8f5e", "#83649c", "#5b7089"]


def nice_step(highest, intervals):
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that covers highest in so many intervals."""
    wanted = highest / intervals
    power = 10 ** math.floor(math.log10(wanted))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= wanted)


def figure(rate):
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


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
