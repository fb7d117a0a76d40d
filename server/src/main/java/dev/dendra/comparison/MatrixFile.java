// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.format.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Results as JSON files, a cell a line. */
public final class MatrixFile {
    private static final String FORMAT = "dendra-bench-matrix";
    private static final int VERSION = 1;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private MatrixFile() {}

    /**
     * Writes a result, whole or not at all.
     *
     * @throws IOException if the file cannot be written
     */
    public static void write(Path file, MatrixResult result) throws IOException {
        try (AtomicFile target = AtomicFile.create(file)) {
            ByteBuffer bytes = ByteBuffer.wrap(text(result).getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                target.channel().write(bytes);
            }
            target.commit();
        }
    }

    /** The text of a file. */
    static String text(MatrixResult result) {
        ObjectNode head = MAPPER.createObjectNode()
                .put("format", FORMAT)
                .put("format_version", VERSION)
                .put("version", result.version())
                .put("date", result.date())
                .put("model", result.model());
        HostDescription host = result.host();
        ObjectNode hostNode = head.putObject("host")
                .put("cpu", host.cpu())
                .put("microarchitecture", host.microarchitecture())
                .put("microcode", host.microcode())
                .put("governor", host.governor())
                .put("system", host.system())
                .put("physical_cores", host.physicalCores())
                .put("threads", host.threads())
                .put("energy_meter", host.energyMeter());
        host.readBytesPerSecond().ifPresent(rate -> hostNode.put("memory_read_bytes_per_second", Math.round(rate)));
        StringBuilder text = new StringBuilder(head.toString());
        text.setLength(text.length() - 1);
        text.append(",\"cells\":[");
        String separator = "\n";
        for (MatrixCell cell : result.cells()) {
            text.append(separator).append(node(cell));
            separator = ",\n";
        }
        return text.append("\n]}\n").toString();
    }

    private static ObjectNode node(MatrixCell cell) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("kernels", cell.kernels())
                .put("isa", cell.isa())
                .put("encoding", cell.encoding())
                .put("pattern", cell.pattern())
                .put("density", cell.density())
                .put("activations", cell.activations())
                .put("test", cell.test())
                .put("batch", cell.batch())
                .put("tokens_per_second", rounded(cell.tokensPerSecond()))
                .put("slowest", rounded(cell.slowest()))
                .put("fastest", rounded(cell.fastest()));
        cell.joulesPerToken().ifPresent(joules -> node.put("joules_per_token", joules));
        return node;
    }

    private static double rounded(double rate) {
        return Math.round(rate * 10) / 10.0;
    }

    /**
     * Reads a result.
     *
     * @throws MatrixFileException if the file holds something else
     * @throws IOException if it cannot be read
     */
    public static MatrixResult read(Path file) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(Files.readString(file));
        } catch (JsonProcessingException broken) {
            throw new MatrixFileException(file, "not JSON: " + broken.getOriginalMessage());
        }
        Reader reader = new Reader(file);
        if (!root.path("format").asText().equals(FORMAT)) {
            throw new MatrixFileException(file, "not what `dendra bench --matrix` writes: format is not " + FORMAT);
        }
        if (root.path("format_version").asInt() != VERSION) {
            throw new MatrixFileException(
                    file, "format_version " + root.path("format_version") + " is not known, only " + VERSION);
        }
        JsonNode host = root.path("host");
        List<MatrixCell> cells = new ArrayList<>();
        if (!(root.path("cells") instanceof ArrayNode list)) {
            throw new MatrixFileException(file, "cells is not a list");
        }
        for (JsonNode cell : list) {
            cells.add(reader.cell(cell, "cells[" + cells.size() + "]."));
        }
        return new MatrixResult(
                reader.text(root, "", "version"),
                reader.text(root, "", "date"),
                reader.text(root, "", "model"),
                reader.host(host),
                cells);
    }

    /** Takes fields out of a file and says which one is not there. */
    private record Reader(Path file) {

        HostDescription host(JsonNode node) throws MatrixFileException {
            String in = "host.";
            return new HostDescription(
                    text(node, in, "cpu"),
                    text(node, in, "microarchitecture"),
                    text(node, in, "microcode"),
                    text(node, in, "governor"),
                    text(node, in, "system"),
                    (int) number(node, in, "physical_cores"),
                    (int) number(node, in, "threads"),
                    optional(node, in, "memory_read_bytes_per_second"),
                    text(node, in, "energy_meter"));
        }

        MatrixCell cell(JsonNode node, String in) throws MatrixFileException {
            return new MatrixCell(
                    text(node, in, "kernels"),
                    text(node, in, "isa"),
                    text(node, in, "encoding"),
                    text(node, in, "pattern"),
                    number(node, in, "density"),
                    text(node, in, "activations"),
                    text(node, in, "test"),
                    (int) number(node, in, "batch"),
                    number(node, in, "tokens_per_second"),
                    number(node, in, "slowest"),
                    number(node, in, "fastest"),
                    optional(node, in, "joules_per_token"));
        }

        String text(JsonNode node, String in, String field) throws MatrixFileException {
            if (!node.path(field).isTextual()) {
                throw new MatrixFileException(file, in + field + " is not a text");
            }
            return node.path(field).asText();
        }

        double number(JsonNode node, String in, String field) throws MatrixFileException {
            double value = node.path(field).asDouble(-1);
            if (!node.path(field).isNumber() || !(value >= 0) || Double.isInfinite(value)) {
                throw new MatrixFileException(file, in + field + " is not a number from 0 on");
            }
            return value;
        }

        OptionalDouble optional(JsonNode node, String in, String field) throws MatrixFileException {
            return node.has(field) ? OptionalDouble.of(number(node, in, field)) : OptionalDouble.empty();
        }
    }
}
