// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.comparison.BarChart;
import dev.dendra.comparison.Comparison;
import dev.dendra.comparison.HostDescription;
import dev.dendra.comparison.MatrixFile;
import dev.dendra.comparison.MatrixResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Results of several hosts as tables and pictures. */
final class ComparisonReport {
    private final List<MatrixResult> results;
    private final Comparison comparison;

    private ComparisonReport(List<MatrixResult> results) {
        this.results = results;
        this.comparison = new Comparison(results);
    }

    /**
     * Reads the results.
     *
     * @throws IOException if one cannot be read or is none, saying which
     */
    static ComparisonReport of(List<Path> files) throws IOException {
        List<MatrixResult> results = new ArrayList<>();
        for (Path file : files) {
            results.add(MatrixFile.read(file));
        }
        return new ComparisonReport(results);
    }

    /** Hosts, tokens a second and, if anybody had a meter, joules a token. */
    String text() {
        String newline = System.lineSeparator();
        StringBuilder text = new StringBuilder(hosts()).append(newline);
        text.append("tokens/s, medians").append(newline).append(table(comparison::tokensPerSecond, "%.1f"));
        if (comparison.hasJoules()) {
            text.append(newline).append("joules a token").append(newline);
            text.append(table(comparison::joulesPerToken, "%.5f"));
        } else {
            text.append(newline)
                    .append("no joules: none of these hosts had an energy meter")
                    .append(newline);
        }
        return text.toString();
    }

    private String hosts() {
        TextTable table = new TextTable(List.of(
                "host",
                "cpu",
                "microcode",
                "governor",
                "system",
                "read GB/s",
                "energy meter",
                "model",
                "dendra",
                "date"));
        for (int i = 0; i < results.size(); i++) {
            MatrixResult result = results.get(i);
            HostDescription host = result.host();
            table.add(List.of(
                    comparison.hosts().get(i),
                    host.cpu(),
                    host.microcode(),
                    host.governor(),
                    host.system(),
                    figure(
                            host.readBytesPerSecond().stream()
                                    .map(rate -> rate / 1e9)
                                    .findFirst(),
                            "%.1f"),
                    host.energyMeter(),
                    result.model(),
                    result.version(),
                    result.date()));
        }
        return table.text();
    }

    private String table(BiFunction<Comparison.Row, Comparison.Series, OptionalDouble> value, String format) {
        TextTable table = new TextTable(Stream.concat(
                        Stream.of("work", "weights"),
                        comparison.series().stream().map(Object::toString))
                .toList());
        for (String work : comparison.works()) {
            for (String weights : comparison.weights(work)) {
                Comparison.Row row = new Comparison.Row(work, weights);
                table.add(Stream.concat(
                                Stream.of(work, weights),
                                comparison.series().stream().map(each -> figure(value.apply(row, each), format)))
                        .toList());
            }
        }
        return table.text();
    }

    /**
     * Draws a picture for each kind of work, and one for joules of each if anybody had a meter.
     *
     * @return the files
     */
    List<Path> draw(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> files = new ArrayList<>();
        for (String work : comparison.works()) {
            files.add(draw(folder, work, "tokens/s", comparison::tokensPerSecond));
            if (comparison.hasJoules()) {
                files.add(draw(folder, work, "joules a token", comparison::joulesPerToken));
            }
        }
        return files;
    }

    private Path draw(
            Path folder, String work, String unit, BiFunction<Comparison.Row, Comparison.Series, OptionalDouble> value)
            throws IOException {
        String model = results.getFirst().model();
        BarChart chart = new BarChart(
                work.substring(0, 1).toUpperCase(Locale.ROOT) + work.substring(1) + ": " + model + ", made-up weights",
                unit,
                comparison.series().stream().map(Object::toString).toList());
        for (String weights : comparison.weights(work)) {
            Comparison.Row row = new Comparison.Row(work, weights);
            chart.add(
                    weights,
                    comparison.series().stream()
                            .map(each -> value.apply(row, each))
                            .toList());
        }
        String name = (work + (unit.startsWith("joules") ? " joules" : "")).replaceAll("[^A-Za-z0-9]+", "-");
        Path file = folder.resolve(name + ".svg");
        Files.writeString(file, chart.svg());
        return file;
    }

    private static String figure(OptionalDouble value, String format) {
        return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "";
    }
}
