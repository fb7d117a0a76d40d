// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;
import java.util.Locale;

/**
 * Lines over a common axis, as an SVG element whose colours come from the page's style.
 *
 * @param categories names of x = 0, 1, …; none where x is a number
 */
record LineChart(String title, String xName, String yName, List<String> categories, List<Series> series) {

    private static final int WIDTH = 560;
    private static final int HEIGHT = 260;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 52;
    private static final int BOTTOM = 44;
    private static final int LEGEND_COLUMN = 120;
    /** More points than this would hide the line they are on. */
    private static final int MOST_DOTS = 24;

    LineChart {
        categories = List.copyOf(categories);
        series = List.copyOf(series);
    }

    /** One line; it is broken where y is not a number. */
    record Series(String name, List<Point> points) {

        Series {
            points = List.copyOf(points);
        }
    }

    /** A place on the chart, in the units of its axes. */
    record Point(double x, double y) {}

    String svg() {
        Axis y = Axis.upTo(largest(false));
        Axis x = categories.isEmpty() ? Axis.upTo(largest(true)) : new Axis(Math.max(1, categories.size() - 1), 1);
        StringBuilder svg = new StringBuilder();
        add(svg, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n", WIDTH, HEIGHT, Xml.escape(title));
        add(svg, "<text class=\"title\" x=\"%d\" y=\"18\">%s</text>%n", LEFT, Xml.escape(title));
        axes(svg, x, y);
        for (int i = 0; i < series.size(); i++) {
            series(svg, series.get(i), i, x, y);
        }
        return svg.append("</svg>\n").toString();
    }

    private double largest(boolean ofX) {
        return series.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(point -> ofX ? point.x() : point.y())
                .filter(Double::isFinite)
                .max()
                .orElse(0);
    }

    private void axes(StringBuilder svg, Axis x, Axis y) {
        for (double mark : y.marks()) {
            double height = yOf(mark, y);
            add(
                    svg,
                    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                    LEFT,
                    height,
                    WIDTH - RIGHT,
                    LEFT - 6,
                    height + 4,
                    y.text(mark));
        }
        for (double mark : x.marks()) {
            String text =
                    categories.isEmpty() ? x.text(mark) : mark < categories.size() ? categories.get((int) mark) : "";
            add(
                    svg,
                    "<text class=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>%n",
                    xOf(mark, x),
                    HEIGHT - BOTTOM + 16,
                    Xml.escape(text));
        }
        add(
                svg,
                "<text class=\"middle\" x=\"%d\" y=\"%d\">%s</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 8,
                Xml.escape(xName));
        int middle = (TOP + HEIGHT - BOTTOM) / 2;
        add(
                svg,
                "<text class=\"middle\" x=\"14\" y=\"%d\" transform=\"rotate(-90 14 %d)\">%s</text>%n",
                middle,
                middle,
                Xml.escape(yName));
    }

    private static void series(StringBuilder svg, Series line, int index, Axis x, Axis y) {
        int legend = LEFT + index * LEGEND_COLUMN;
        add(
                svg,
                "<path class=\"line c%d\" d=\"M%d 34h18\"/><text x=\"%d\" y=\"38\">%s</text>%n",
                index,
                legend,
                legend + 24,
                Xml.escape(line.name()));
        StringBuilder path = new StringBuilder();
        boolean isBroken = true;
        for (Point point : line.points()) {
            if (Double.isFinite(point.y()) && Double.isFinite(point.x())) {
                add(path, "%s%.1f %.1f", isBroken ? "M" : "L", xOf(point.x(), x), yOf(point.y(), y));
            }
            isBroken = !Double.isFinite(point.y()) || !Double.isFinite(point.x());
        }
        if (!path.isEmpty()) {
            add(svg, "<path class=\"line c%d\" d=\"%s\"/>%n", index, path);
        }
        if (line.points().size() <= MOST_DOTS) {
            line.points().stream()
                    .filter(point -> Double.isFinite(point.y()) && Double.isFinite(point.x()))
                    .forEach(point -> add(
                            svg,
                            "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s: %.3f</title></circle>%n",
                            index,
                            xOf(point.x(), x),
                            yOf(point.y(), y),
                            Xml.escape(line.name()),
                            point.y()));
        }
    }

    private static double xOf(double value, Axis axis) {
        return LEFT + (WIDTH - LEFT - RIGHT) * value / axis.max();
    }

    private static double yOf(double value, Axis axis) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / axis.max();
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency of its own
    private static void add(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }
}
