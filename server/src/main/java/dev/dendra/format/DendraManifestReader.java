// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the manifest of a {@code .dendra} file from a stream of tokens: a vocabulary makes it megabytes, and a tree of
 * it would cost a cold start dearly. Unknown fields are skipped.
 */
final class DendraManifestReader {
    private static final int MAXIMUM_TENSORS = 1 << 16;
    private static final int MAXIMUM_KEYS = 1 << 16;
    private static final int MAXIMUM_ELEMENTS = 1 << 22;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxStringLength(1 << 24)
                    .maxNameLength(1 << 16)
                    .maxNumberLength(64)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .build();

    private final String file;
    private final long start;
    private final JsonParser json;
    private int elementsLeft = MAXIMUM_ELEMENTS;

    private DendraManifestReader(String file, long start, JsonParser json) {
        this.file = file;
        this.start = start;
        this.json = json;
    }

    /**
     * Parses a manifest.
     *
     * @param file for messages
     * @param start where {@code bytes} start in the file, for messages
     */
    static DendraManifest read(String file, long start, byte[] bytes) throws ModelFormatException {
        try (JsonParser json = JSON.createParser(bytes)) {
            DendraManifestReader reader = new DendraManifestReader(file, start, json);
            try {
                return reader.manifest();
            } catch (ModelFormatException fault) {
                throw fault;
            } catch (JsonProcessingException malformed) {
                throw reader.fault("manifest", malformed.getOriginalMessage());
            } catch (IOException | RuntimeException malformed) {
                // Malformed UTF-8 is an IOException of another kind, and some absurd numbers are caught late.
                throw reader.fault("manifest", "is not JSON: " + malformed.getMessage());
            }
        } catch (ModelFormatException fault) {
            throw fault;
        } catch (IOException e) {
            throw new ModelFormatException(file, start, "manifest", "is not JSON: " + e.getMessage());
        }
    }

    private DendraManifest manifest() throws IOException {
        Provenance provenance = null;
        List<DendraManifest.Entry> tensors = null;
        Map<String, Object> metadata = null;
        json.nextToken();
        expect(JsonToken.START_OBJECT, "manifest");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case DendraManifest.PROVENANCE -> provenance = provenance();
                case DendraManifest.TENSORS -> tensors = tensors();
                case DendraManifest.METADATA -> metadata = metadata();
                default -> json.skipChildren();
            }
        }
        expect(JsonToken.END_OBJECT, "manifest");
        if (json.nextToken() != null) {
            throw fault("manifest", "goes on after its end");
        }
        return new DendraManifest(
                present(provenance, DendraManifest.PROVENANCE),
                present(tensors, DendraManifest.TENSORS),
                present(metadata, DendraManifest.METADATA));
    }

    private Provenance provenance() throws IOException {
        String sourceFile = null;
        String sourceSha256 = null;
        String tool = null;
        String method = null;
        Sparsification sparsification = null;
        expect(JsonToken.START_OBJECT, DendraManifest.PROVENANCE);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case DendraManifest.SOURCE_FILE -> sourceFile = string(field);
                case DendraManifest.SOURCE_SHA256 -> sourceSha256 = string(field);
                case DendraManifest.TOOL -> tool = string(field);
                case DendraManifest.METHOD -> method = string(field);
                case DendraManifest.SPARSIFICATION -> sparsification = sparsification(field);
                default -> json.skipChildren();
            }
        }
        return new Provenance(
                present(sourceFile, DendraManifest.SOURCE_FILE),
                present(sourceSha256, DendraManifest.SOURCE_SHA256),
                present(tool, DendraManifest.TOOL),
                present(method, DendraManifest.METHOD),
                Optional.ofNullable(sparsification));
    }

    private Sparsification sparsification(String where) throws IOException {
        String method = null;
        String pattern = null;
        double asked = Double.NaN;
        double density = Double.NaN;
        String calibration = null;
        String calibrationSha256 = null;
        Sparsification.Quality quality = null;
        expect(JsonToken.START_OBJECT, where);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            String name = where + " " + field;
            json.nextToken();
            switch (field) {
                case DendraManifest.METHOD -> method = string(name);
                case DendraManifest.PATTERN -> pattern = string(name);
                case DendraManifest.ASKED_DENSITY -> asked = number(name);
                case DendraManifest.DENSITY -> density = number(name);
                case DendraManifest.CALIBRATION -> calibration = string(name);
                case DendraManifest.CALIBRATION_SHA256 -> calibrationSha256 = string(name);
                case DendraManifest.QUALITY -> quality = quality(name);
                default -> json.skipChildren();
            }
        }
        try {
            return new Sparsification(
                    present(method, where + " method"),
                    Pattern.ofId(present(pattern, where + " pattern")),
                    asked,
                    density,
                    present(calibration, where + " calibration"),
                    present(calibrationSha256, where + " calibration digest"),
                    Optional.ofNullable(quality));
        } catch (IllegalArgumentException unfit) {
            throw fault(where, String.valueOf(unfit.getMessage()));
        }
    }

    private Sparsification.Quality quality(String where) throws IOException {
        String text = null;
        String textSha256 = null;
        long tokens = 0;
        double source = Double.NaN;
        double sparse = Double.NaN;
        Sparsification.Baseline baseline = null;
        expect(JsonToken.START_OBJECT, where);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            String name = where + " " + field;
            json.nextToken();
            switch (field) {
                case DendraManifest.TEXT -> text = string(name);
                case DendraManifest.TEXT_SHA256 -> textSha256 = string(name);
                case DendraManifest.TOKENS -> tokens = integer(name);
                case DendraManifest.SOURCE_PERPLEXITY -> source = number(name);
                case DendraManifest.PERPLEXITY -> sparse = number(name);
                case DendraManifest.BASELINE -> baseline = baseline(name);
                default -> json.skipChildren();
            }
        }
        try {
            return new Sparsification.Quality(
                    present(text, where + " text"),
                    present(textSha256, where + " text digest"),
                    tokens,
                    source,
                    sparse,
                    Optional.ofNullable(baseline));
        } catch (IllegalArgumentException unfit) {
            throw fault(where, String.valueOf(unfit.getMessage()));
        }
    }

    private Sparsification.Baseline baseline(String where) throws IOException {
        String model = null;
        String sha256 = null;
        expect(JsonToken.START_OBJECT, where);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            String name = where + " " + field;
            json.nextToken();
            switch (field) {
                case DendraManifest.NAME -> model = string(name);
                case DendraManifest.SHA256 -> sha256 = string(name);
                default -> json.skipChildren();
            }
        }
        return new Sparsification.Baseline(present(model, where + " name"), present(sha256, where + " digest"));
    }

    private List<DendraManifest.Entry> tensors() throws IOException {
        List<DendraManifest.Entry> tensors = new ArrayList<>();
        Set<String> names = new HashSet<>();
        expect(JsonToken.START_ARRAY, DendraManifest.TENSORS);
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (tensors.size() == MAXIMUM_TENSORS) {
                throw fault(DendraManifest.TENSORS, "are more than " + MAXIMUM_TENSORS);
            }
            DendraManifest.Entry entry = tensor("tensor " + tensors.size());
            String name = entry.placed().tensor().name();
            if (!names.add(name)) {
                throw fault("tensor '" + name + "'", "appears twice");
            }
            tensors.add(entry);
        }
        return Collections.unmodifiableList(tensors);
    }

    private DendraManifest.Entry tensor(String where) throws IOException {
        String name = null;
        String encoding = null;
        String pattern = null;
        String sha256 = null;
        String sourceType = null;
        List<Integer> shape = null;
        long offset = -1;
        long bytes = -1;
        double density = 1;
        double relativeError = 0;
        expect(JsonToken.START_OBJECT, where);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case DendraManifest.NAME -> name = string(where + " name");
                case DendraManifest.ENCODING -> encoding = string(where + " encoding");
                case DendraManifest.PATTERN -> pattern = string(where + " pattern");
                case DendraManifest.SHA256 -> sha256 = string(where + " sha256");
                case DendraManifest.SOURCE_TYPE -> sourceType = string(where + " source type");
                case DendraManifest.SHAPE -> shape = shape(where + " shape");
                case DendraManifest.OFFSET -> offset = integer(where + " offset");
                case DendraManifest.BYTES -> bytes = integer(where + " bytes");
                case DendraManifest.DENSITY -> density = number(where + " density");
                case DendraManifest.RELATIVE_ERROR -> relativeError = number(where + " relative error");
                default -> json.skipChildren();
            }
        }
        String known = "tensor '" + present(name, where + " name") + "'";
        String digest = present(sha256, known + " sha256");
        if (!Sha256.isHex(digest)) {
            throw fault(known + " sha256", "is not a SHA-256 digest");
        }
        try {
            TensorDescription description = new TensorDescription(
                    present(name, known),
                    Encoding.ofId(present(encoding, known + " encoding")),
                    Pattern.ofId(present(pattern, known + " pattern")),
                    density,
                    present(shape, known + " shape"),
                    bytes,
                    present(sourceType, known + " source type"),
                    relativeError);
            return new DendraManifest.Entry(new PlacedTensor(description, offset), digest);
        } catch (IllegalArgumentException | ArithmeticException unfit) {
            throw fault(known, String.valueOf(unfit.getMessage()));
        }
    }

    private List<Integer> shape(String field) throws IOException {
        List<Integer> shape = new ArrayList<>();
        expect(JsonToken.START_ARRAY, field);
        while (json.nextToken() != JsonToken.END_ARRAY) {
            long dimension = integer(field);
            if (dimension < 1 || dimension > Integer.MAX_VALUE || shape.size() == 2) {
                throw fault(field, "is not one or two positive numbers");
            }
            shape.add((int) dimension);
        }
        return shape;
    }

    private Map<String, Object> metadata() throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        expect(JsonToken.START_OBJECT, DendraManifest.METADATA);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            String field = "metadata '" + key + "'";
            json.nextToken();
            if (metadata.size() == MAXIMUM_KEYS) {
                throw fault(DendraManifest.METADATA, "has more than " + MAXIMUM_KEYS + " keys");
            }
            if (metadata.put(key, value(field)) != null) {
                throw fault(field, "appears twice");
            }
        }
        return metadata;
    }

    private Object value(String field) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_OBJECT -> typed(field);
            case null, default -> throw fault(field, "has no type that metadata can have");
        };
    }

    /** The value of an object with a single field that names its type. */
    private Object typed(String field) throws IOException {
        json.nextToken();
        expect(JsonToken.FIELD_NAME, field);
        String type = json.currentName();
        json.nextToken();
        Object value;
        if (type.equals(DendraManifest.NUMBER)) {
            value = number(field);
        } else {
            expect(JsonToken.START_ARRAY, field);
            value = switch (type) {
                case DendraManifest.STRINGS -> strings(field);
                case DendraManifest.INTEGERS -> integers(field);
                case DendraManifest.NUMBERS -> numbers(field);
                case DendraManifest.FLAGS -> flags(field);
                default -> throw fault(field, "has the unknown type '" + type + "'");
            };
        }
        json.nextToken();
        expect(JsonToken.END_OBJECT, field);
        return value;
    }

    private List<String> strings(String field) throws IOException {
        List<String> strings = new ArrayList<>();
        while (nextElement(field)) {
            strings.add(string(field));
        }
        return Collections.unmodifiableList(strings);
    }

    private long[] integers(String field) throws IOException {
        long[] integers = new long[16];
        int count = 0;
        while (nextElement(field)) {
            if (count == integers.length) {
                integers = Arrays.copyOf(integers, 2 * count);
            }
            integers[count++] = integer(field);
        }
        return Arrays.copyOf(integers, count);
    }

    private double[] numbers(String field) throws IOException {
        double[] numbers = new double[16];
        int count = 0;
        while (nextElement(field)) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * count);
            }
            numbers[count++] = number(field);
        }
        return Arrays.copyOf(numbers, count);
    }

    private boolean[] flags(String field) throws IOException {
        boolean[] flags = new boolean[16];
        int count = 0;
        while (nextElement(field)) {
            if (count == flags.length) {
                flags = Arrays.copyOf(flags, 2 * count);
            }
            if (!json.currentToken().isBoolean()) {
                throw fault(field, "expected true or false");
            }
            flags[count++] = json.getBooleanValue();
        }
        return Arrays.copyOf(flags, count);
    }

    private boolean nextElement(String field) throws IOException {
        if (json.nextToken() == JsonToken.END_ARRAY) {
            return false;
        }
        if (elementsLeft-- == 0) {
            throw fault(field, "a file may hold " + MAXIMUM_ELEMENTS + " array elements in all");
        }
        return true;
    }

    private String string(String field) throws IOException {
        expect(JsonToken.VALUE_STRING, field);
        return json.getText();
    }

    private long integer(String field) throws IOException {
        expect(JsonToken.VALUE_NUMBER_INT, field);
        return json.getLongValue();
    }

    private double number(String field) throws IOException {
        JsonToken token = json.currentToken();
        if (token == JsonToken.VALUE_STRING) {
            return switch (json.getText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> throw fault(field, "expected a number");
            };
        }
        if (token == null || !token.isNumeric()) {
            throw fault(field, "expected a number");
        }
        return json.getDoubleValue();
    }

    private void expect(JsonToken expected, String field) throws ModelFormatException {
        if (json.currentToken() != expected) {
            throw fault(field, "expected " + expected + ", found " + json.currentToken());
        }
    }

    private <T> T present(@Nullable T value, String field) throws ModelFormatException {
        if (value == null) {
            throw fault(field, "is missing");
        }
        return value;
    }

    private ModelFormatException fault(String field, String problem) {
        return new ModelFormatException(
                file, start + Math.max(json.currentLocation().getByteOffset(), 0), field, problem);
    }
}
