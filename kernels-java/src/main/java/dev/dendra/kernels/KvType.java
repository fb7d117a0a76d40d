// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What keys and values become in the KV cache. {@link KvLayout} says where they lie. */
public enum KvType {
    /** Single precision: nothing is lost. */
    F32(Float.BYTES),
    /** bfloat16, to nearest and ties to even; NaN stays NaN. */
    BF16(Short.BYTES),
    /**
     * Signed 8 bit, with a scale for each head and token, of keys and of values: {@code scale = max|x| / 127}, {@code code
     * = rint(x * (127 / max|x|))}, ties to even. A head of zeros, or of magnitudes so small that {@code 127 / max|x|} is
     * not finite, has scale and codes 0. A head with an element that is not finite has scale NaN and codes 0, so that
     * whoever attends to it sees it.
     */
    INT8(Byte.BYTES);

    /** Magnitude of the largest code of {@link #INT8}. */
    public static final int LARGEST_CODE = 127;

    private final int elementBytes;

    KvType(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /** Bytes of an element of a key or value. */
    public int elementBytes() {
        return elementBytes;
    }

    /** Lower-case name as in options: {@code bf16}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The type of that name.
     *
     * @throws IllegalArgumentException naming the known ones
     */
    public static KvType ofId(String id) {
        return Arrays.stream(values())
                .filter(type -> type.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown KV type '" + id + "'; known: "
                        + Arrays.stream(values()).map(KvType::id).collect(Collectors.joining(", "))));
    }
}
