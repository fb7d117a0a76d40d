// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Instruction sets that the native kernels are written for, {@code enum dendra_isa}; each is a superset of those before. */
enum NativeTier {
    /** The baseline of the architecture. */
    SCALAR(0, 0),
    /** AVX2, FMA, F16C. */
    AVX2(1, 256),
    /** AVX-512 F, BW, DQ, VL, VNNI. */
    AVX512(2, 512),
    /** AVX-512 with BF16; AMX tiles with int8 and bfloat16. */
    AMX(3, 512);

    private final int code;
    private final int vectorBits;

    NativeTier(int code, int vectorBits) {
        this.code = code;
        this.vectorBits = vectorBits;
    }

    /** Width of a vector register. */
    int vectorBits() {
        return vectorBits;
    }

    /** Lower-case name as in options and metrics: {@code avx512}. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code enum dendra_isa}. */
    int code() {
        return code;
    }

    static NativeTier ofCode(int code) {
        return Arrays.stream(values())
                .filter(tier -> tier.code == code)
                .findFirst()
                .orElseThrow();
    }

    static Optional<NativeTier> ofId(String id) {
        return Arrays.stream(values()).filter(tier -> tier.id().equals(id)).findFirst();
    }

    /** All names, for messages. */
    static String ids() {
        return Arrays.stream(values()).map(NativeTier::id).collect(Collectors.joining(", "));
    }
}
