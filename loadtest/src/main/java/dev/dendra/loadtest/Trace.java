// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Arrivals and lengths that were recorded somewhere, or made up: a file with a line for each request. */
final class Trace {

    static final int LONGEST = 1_000_000;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> COLUMNS = List.of("arrival_seconds", "prompt_tokens", "output_tokens");

    private Trace() {}

    /**
     * One line.
     *
     * @param arrivalSeconds after the start of the trace
     * @param promptTokens at least 1
     * @param outputTokens at least 1
     */
    record Entry(double arrivalSeconds, int promptTokens, int outputTokens) {}

    /**
     * Reads JSON lines ({@code {"arrival_seconds":0.5,"prompt_tokens":128,"output_tokens":64}}, or Mooncake's
     * {@code timestamp} in milliseconds, {@code input_length} and {@code output_length}) or comma-separated values in the
     * order of the first form, with or without a heading. Empty lines are passed over.
     *
     * @throws BadInput naming the line that is wrong
     * @throws IOException if the file cannot be read
     */
    static List<Entry> read(Path file) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                boolean isHeading = entries.isEmpty()
                        && line.strip().toLowerCase(Locale.ROOT).equals(heading());
                if (line.isBlank() || isHeading) {
                    continue;
                }
                Entry entry = entry(line, file + ":" + number);
                if (!entries.isEmpty()
                        && entry.arrivalSeconds() < entries.getLast().arrivalSeconds()) {
                    throw new BadInput(file + ":" + number + ": arrives before the line above it");
                }
                entries.add(entry);
                if (entries.size() > LONGEST) {
                    throw new BadInput(file + ":" + number + ": more than " + LONGEST + " requests");
                }
            }
        }
        if (entries.isEmpty()) {
            throw new BadInput(file + ": no requests");
        }
        return List.copyOf(entries);
    }

    private static String heading() {
        return String.join(",", COLUMNS);
    }

    private static Entry entry(String line, String place) {
        return line.stripLeading().startsWith("{") ? ofJson(line, place) : ofCsv(line, place);
    }

    private static Entry ofCsv(String line, String place) {
        String[] cells = line.split(",", -1);
        if (cells.length != COLUMNS.size()) {
            throw new BadInput(place + ": expected " + heading() + ", got " + cells.length + " values");
        }
        try {
            return checked(
                    Double.parseDouble(cells[0].strip()),
                    Double.parseDouble(cells[1].strip()),
                    Double.parseDouble(cells[2].strip()),
                    place);
        } catch (NumberFormatException e) {
            throw new BadInput(place + ": not a number: " + e.getMessage());
        }
    }

    private static Entry ofJson(String line, String place) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new BadInput(place + ": not JSON: " + e.getOriginalMessage());
        }
        if (json.has("timestamp")) {
            return checked(
                    number(json, "timestamp", place) / 1e3,
                    number(json, "input_length", place),
                    number(json, "output_length", place),
                    place);
        }
        return checked(
                number(json, COLUMNS.get(0), place),
                number(json, COLUMNS.get(1), place),
                number(json, COLUMNS.get(2), place),
                place);
    }

    private static double number(JsonNode json, String name, String place) {
        if (!json.path(name).isNumber()) {
            throw new BadInput(place + ": " + name + " must be a number");
        }
        return json.path(name).asDouble();
    }

    private static Entry checked(double arrival, double prompt, double output, String place) {
        if (!(arrival >= 0 && arrival <= 7 * 24 * 3600.0)) {
            throw new BadInput(place + ": the arrival must be from 0 seconds to a week, got " + arrival);
        }
        return new Entry(arrival, length(prompt, COLUMNS.get(1), place), length(output, COLUMNS.get(2), place));
    }

    private static int length(double value, String name, String place) {
        if (!(value >= 1 && value <= LengthDistribution.LONGEST) || value != Math.rint(value)) {
            throw new BadInput(place + ": " + name + " must be a whole number from 1 to " + LengthDistribution.LONGEST);
        }
        return (int) value;
    }
}
