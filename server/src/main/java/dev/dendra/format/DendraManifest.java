// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.util.List;
import java.util.Map;

/**
 * The JSON part of a {@code .dendra} file.
 *
 * @param provenance where the model comes from
 * @param tensors in file order
 * @param metadata values as {@link ModelMetadata} holds them
 */
record DendraManifest(Provenance provenance, List<Entry> tensors, Map<String, Object> metadata) {

    /**
     * A tensor of the file.
     *
     * @param placed what it is and where it starts, from the start of the tensor data
     * @param sha256 digest of its bytes
     */
    record Entry(PlacedTensor placed, String sha256) {}

    // Names of the fields, for the reader and the writer.
    static final String PROVENANCE = "provenance";
    static final String SOURCE_FILE = "sourceFile";
    static final String SOURCE_SHA256 = "sourceSha256";
    static final String TOOL = "tool";
    static final String METHOD = "method";
    static final String SPARSIFICATION = "sparsification";
    static final String ASKED_DENSITY = "askedDensity";
    static final String CALIBRATION = "calibration";
    static final String CALIBRATION_SHA256 = "calibrationSha256";
    static final String QUALITY = "quality";
    static final String TEXT = "text";
    static final String TEXT_SHA256 = "textSha256";
    static final String TOKENS = "tokens";
    static final String SOURCE_PERPLEXITY = "sourcePerplexity";
    static final String PERPLEXITY = "perplexity";
    static final String BASELINE = "baseline";
    static final String TENSORS = "tensors";
    static final String NAME = "name";
    static final String ENCODING = "encoding";
    static final String PATTERN = "pattern";
    static final String DENSITY = "density";
    static final String SHAPE = "shape";
    static final String OFFSET = "offset";
    static final String BYTES = "bytes";
    static final String SHA256 = "sha256";
    static final String SOURCE_TYPE = "sourceType";
    static final String RELATIVE_ERROR = "relativeError";
    static final String METADATA = "metadata";
    // JSON has one kind of array and no infinities, so arrays and such numbers are objects with one of these fields.
    static final String STRINGS = "strings";
    static final String INTEGERS = "integers";
    static final String NUMBERS = "numbers";
    static final String FLAGS = "flags";
    static final String NUMBER = "number";
}
