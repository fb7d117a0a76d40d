// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** Writes the manifest of a {@code .dendra} file. */
final class DendraManifestWriter {
    private static final JsonFactory JSON = new JsonFactory();

    private DendraManifestWriter() {}

    /** The manifest as UTF-8. */
    static byte[] toBytes(DendraManifest manifest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            provenance(manifest.provenance(), json);
            json.writeArrayFieldStart(DendraManifest.TENSORS);
            for (DendraManifest.Entry entry : manifest.tensors()) {
                tensor(entry, json);
            }
            json.writeEndArray();
            json.writeObjectFieldStart(DendraManifest.METADATA);
            for (Map.Entry<String, Object> value : manifest.metadata().entrySet()) {
                json.writeFieldName(value.getKey());
                value(value.getValue(), json);
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void provenance(Provenance provenance, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart(DendraManifest.PROVENANCE);
        json.writeStringField(DendraManifest.SOURCE_FILE, provenance.sourceFile());
        json.writeStringField(DendraManifest.SOURCE_SHA256, provenance.sourceSha256());
        json.writeStringField(DendraManifest.TOOL, provenance.tool());
        json.writeStringField(DendraManifest.METHOD, provenance.method());
        if (provenance.sparsification().isPresent()) {
            sparsification(provenance.sparsification().get(), json);
        }
        json.writeEndObject();
    }

    private static void sparsification(Sparsification sparse, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart(DendraManifest.SPARSIFICATION);
        json.writeStringField(DendraManifest.METHOD, sparse.method());
        json.writeStringField(DendraManifest.PATTERN, sparse.pattern().id());
        json.writeNumberField(DendraManifest.ASKED_DENSITY, sparse.askedDensity());
        json.writeNumberField(DendraManifest.DENSITY, sparse.density());
        json.writeStringField(DendraManifest.CALIBRATION, sparse.calibration());
        json.writeStringField(DendraManifest.CALIBRATION_SHA256, sparse.calibrationSha256());
        if (sparse.quality().isPresent()) {
            Sparsification.Quality quality = sparse.quality().get();
            json.writeObjectFieldStart(DendraManifest.QUALITY);
            json.writeStringField(DendraManifest.TEXT, quality.text());
            json.writeStringField(DendraManifest.TEXT_SHA256, quality.textSha256());
            json.writeNumberField(DendraManifest.TOKENS, quality.tokens());
            json.writeNumberField(DendraManifest.SOURCE_PERPLEXITY, quality.sourcePerplexity());
            json.writeNumberField(DendraManifest.PERPLEXITY, quality.perplexity());
            if (quality.baseline().isPresent()) {
                json.writeObjectFieldStart(DendraManifest.BASELINE);
                json.writeStringField(
                        DendraManifest.NAME, quality.baseline().get().name());
                json.writeStringField(
                        DendraManifest.SHA256, quality.baseline().get().sha256());
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void tensor(DendraManifest.Entry entry, JsonGenerator json) throws IOException {
        TensorDescription tensor = entry.placed().tensor();
        json.writeStartObject();
        json.writeStringField(DendraManifest.NAME, tensor.name());
        json.writeStringField(DendraManifest.ENCODING, tensor.encoding().id());
        json.writeStringField(DendraManifest.PATTERN, tensor.pattern().id());
        json.writeNumberField(DendraManifest.DENSITY, tensor.density());
        json.writeArrayFieldStart(DendraManifest.SHAPE);
        for (int dimension : tensor.shape()) {
            json.writeNumber(dimension);
        }
        json.writeEndArray();
        json.writeNumberField(DendraManifest.OFFSET, entry.placed().offset());
        json.writeNumberField(DendraManifest.BYTES, tensor.bytes());
        json.writeStringField(DendraManifest.SHA256, entry.sha256());
        json.writeStringField(DendraManifest.SOURCE_TYPE, tensor.sourceType());
        json.writeNumberField(DendraManifest.RELATIVE_ERROR, tensor.relativeError());
        json.writeEndObject();
    }

    private static void value(Object value, JsonGenerator json) throws IOException {
        switch (value) {
            case String text -> json.writeString(text);
            case Long integer -> json.writeNumber(integer);
            case Boolean flag -> json.writeBoolean(flag);
            case Double number when Double.isFinite(number) -> json.writeNumber(number);
            case Double number -> {
                json.writeStartObject();
                json.writeStringField(DendraManifest.NUMBER, number.toString());
                json.writeEndObject();
            }
            default -> array(value, json);
        }
    }

    private static void array(Object value, JsonGenerator json) throws IOException {
        json.writeStartObject();
        switch (value) {
            case List<?> strings -> {
                json.writeArrayFieldStart(DendraManifest.STRINGS);
                for (Object string : strings) {
                    json.writeString((String) string);
                }
            }
            case long[] integers -> {
                json.writeArrayFieldStart(DendraManifest.INTEGERS);
                for (long integer : integers) {
                    json.writeNumber(integer);
                }
            }
            case double[] numbers -> {
                json.writeArrayFieldStart(DendraManifest.NUMBERS);
                for (double number : numbers) {
                    if (Double.isFinite(number)) {
                        json.writeNumber(number);
                    } else {
                        json.writeString(Double.toString(number));
                    }
                }
            }
            case boolean[] flags -> {
                json.writeArrayFieldStart(DendraManifest.FLAGS);
                for (boolean flag : flags) {
                    json.writeBoolean(flag);
                }
            }
            default -> throw new IllegalArgumentException("no metadata value of " + value.getClass());
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
