// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Horizontal bars in groups, a colour for each series, as an SVG picture of its own. */
public final class BarChart {
    private static final int WIDTH = 860;
    private static final int LEFT = 190;
    private static final int RIGHT = 80;
    private static final int TOP = 56;
    private static final int LINE = 18;
    private static final int BAR = 13;
    private static final int BETWEEN_GROUPS = 10;
    private static final int MOST_MARKS = 6;
    private static final List<String> COLOURS =
            List.of("#2f6db5", "#c98a2b", "#a2543d", "#6f8f5e", "#83649c", "#5b7089", "#3f9a9a", "#8a8a8a");
    private static final String INK = "#1c2733";
    private static final String FAINT = "#46566b";
    private static final String GRID = "#d5dde6";
    private static final String PAPER = "#f7f9fb";

    private final String title;
    private final String unit;
    private final List<String> series;
    private final List<Group> groups = new ArrayList<>();

    private record Group(String name, List<OptionalDouble> values) {}

    /** A chart without any groups yet. */
    public BarChart(String title, String unit, List<String> series) {
        this.title = title;
        this.unit = unit;
        this.series = List.copyOf(series);
    }

    /**
     * Adds a group.
     *
     * @param values one for each series; empty ones are drawn as gaps
     */
    public void add(String name, List<OptionalDouble> values) {
        if (values.size() != series.size()) {
            throw new IllegalArgumentException(values.size() + " values of " + series.size() + " series");
        }
        groups.add(new Group(name, List.copyOf(values)));
    }

    /** The picture. */
    public String svg() {
        int groupHeight = series.size() * BAR + BETWEEN_GROUPS;
        int top = TOP + series.size() * LINE;
        int bottom = top + groups.size() * groupHeight;
        int height = bottom + 44;
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, Helvetica,"
                        + " Arial, sans-serif\" font-size=\"12\" role=\"img\" aria-labelledby=\"title description\">%n",
                WIDTH,
                height);
        add(
                svg,
                "<title id=\"title\">%s</title>%n<desc id=\"description\">%s</desc>%n",
                escape(title),
                escape(words()));
        add(svg, "<rect width=\"%d\" height=\"%d\" rx=\"10\" fill=\"%s\"/>%n", WIDTH, height, PAPER);
        text(svg, 20, 32, "start", INK, title, "font-size=\"16\" font-weight=\"600\"");
        for (int i = 0; i < series.size(); i++) {
            int y = TOP + i * LINE - 6;
            add(svg, "<rect x=\"20\" y=\"%d\" width=\"14\" height=\"10\" fill=\"%s\"/>%n", y, colour(i));
            text(svg, 42, y + 10, "start", INK, series.get(i), "");
        }
        double step = step(largest());
        double most = Math.max(1, Math.ceil(largest() / step)) * step;
        for (double mark = 0; mark <= most * 1.0001; mark += step) {
            double x = x(mark, most);
            add(svg, "<path d=\"M%.1f %dV%d\" stroke=\"%s\"/>%n", x, top, bottom, GRID);
            text(svg, x, bottom + 16, "middle", FAINT, figure(mark), "");
        }
        text(svg, (LEFT + WIDTH - RIGHT) / 2.0, bottom + 34, "middle", FAINT, unit, "");
        for (int i = 0; i < groups.size(); i++) {
            group(svg, groups.get(i), top + i * groupHeight + BETWEEN_GROUPS / 2, most);
        }
        return svg.append("</svg>\n").toString();
    }

    private void group(StringBuilder svg, Group group, int top, double most) {
        text(svg, LEFT - 10, top + series.size() * BAR / 2.0 + 4, "end", INK, group.name(), "");
        for (int i = 0; i < series.size(); i++) {
            OptionalDouble value = group.values().get(i);
            if (value.isPresent()) {
                double x = x(value.getAsDouble(), most);
                int y = top + i * BAR;
                add(
                        svg,
                        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                        LEFT,
                        y,
                        x - LEFT,
                        BAR - 2,
                        colour(i));
                text(svg, x + 5, y + 10, "start", FAINT, figure(value.getAsDouble()), "font-size=\"11\"");
            }
        }
    }

    /** The picture for those who cannot see it. */
    private String words() {
        List<String> words = new ArrayList<>();
        for (Group group : groups) {
            for (int i = 0; i < series.size(); i++) {
                if (group.values().get(i).isPresent()) {
                    words.add(group.name() + ", " + series.get(i) + ": "
                            + figure(group.values().get(i).getAsDouble()));
                }
            }
        }
        return String.join("; ", words);
    }

    private double largest() {
        return groups.stream()
                .flatMap(group -> group.values().stream())
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .max()
                .orElse(1);
    }

    /** Between marks: 1, 2 or 5 times a power of ten. */
    private static double step(double largest) {
        double decade = Math.pow(10, Math.floor(Math.log10(Math.max(largest, 1e-9) / MOST_MARKS)));
        for (int factor : new int[] {1, 2, 5}) {
            if (largest / (decade * factor) <= MOST_MARKS) {
                return decade * factor;
            }
        }
        return decade * 10;
    }

    private static double x(double value, double most) {
        return LEFT + (WIDTH - LEFT - RIGHT) * value / most;
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value >= 100 || value == 0 ? "%,.0f" : value >= 1 ? "%.1f" : "%.4f", value);
    }

    private static String colour(int index) {
        return COLOURS.get(index % COLOURS.size());
    }

    private static void text(
            StringBuilder svg, double x, double y, String anchor, String fill, String text, String more) {
        add(
                svg,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\" %s>%s</text>%n",
                x,
                y,
                anchor,
                fill,
                more,
                escape(text));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }
}
