// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.lang.foreign.StructLayout;
import java.util.Locale;

/** The functions of the library that take a job, with the struct that each one takes. */
enum NativeOperation {
    GATHER(NativeStructs.GATHER),
    RMS_NORM(NativeStructs.RMS_NORM),
    QUANTIZE(NativeStructs.QUANTIZE),
    ROUND_BF16(NativeStructs.ROUND_BF16),
    MATMUL_F32(NativeStructs.MATMUL_F32),
    MATMUL_CODES(NativeStructs.MATMUL_CODES),
    MATMUL_BF16(NativeStructs.MATMUL_BF16),
    ADD(NativeStructs.ADD),
    ADD_BIAS(NativeStructs.ADD_BIAS),
    SILU_MULTIPLY(NativeStructs.SILU_MULTIPLY),
    ROPE(NativeStructs.ROPE),
    WRITE_KV(NativeStructs.WRITE_KV),
    ATTENTION(NativeStructs.ATTENTION),
    ATTENTION_SPANS(NativeStructs.ATTENTION_SPANS),
    MERGE_SPANS(NativeStructs.MERGE_SPANS),
    LOG_SUM_EXP(NativeStructs.LOGITS),
    ARG_MAX(NativeStructs.LOGITS),
    SOFTMAX(NativeStructs.LOGITS);

    @SuppressWarnings("ImmutableEnumChecker") // layouts are immutable, but not annotated so
    private final StructLayout job;

    NativeOperation(StructLayout job) {
        this.job = job;
    }

    /** The struct that the function takes a pointer to. */
    StructLayout job() {
        return job;
    }

    /** Name of the function. */
    String symbol() {
        return "dendra_" + name().toLowerCase(Locale.ROOT);
    }
}
