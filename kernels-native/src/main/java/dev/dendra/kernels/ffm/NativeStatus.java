// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelException;
import java.util.Arrays;

/** What a function of the library answers, {@code enum dendra_status}. */
enum NativeStatus {
    OK(0, "no fault"),
    NULL_JOB(1, "there is no job"),
    NULL_POINTER(2, "is a null pointer"),
    MISALIGNED(3, "is not aligned to 64 bytes"),
    BAD_SIZE(4, "is out of range or does not fit the other sizes"),
    BAD_SLICE(5, "lies outside of the matrix, or ends before it begins"),
    BAD_ENCODING(6, "is an encoding that the operation does not take"),
    UNSUPPORTED(7, "is an instruction set that may not run here"),
    BAD_INDEX(8, "holds a token, position or block outside of what it points into"),
    BAD_PATTERN(9, "is a pattern that the operation or the encoding does not take");

    private static final int STATUS_MASK = 0xff;
    private static final int OFFSET_SHIFT = 8;
    private static final int OFFSET_MASK = 0xffff;

    private final int code;
    private final String fault;

    NativeStatus(int code, String fault) {
        this.code = code;
        this.fault = fault;
    }

    /** {@code enum dendra_status}. */
    int code() {
        return code;
    }

    /** The error that {@code answer}, which is not {@link #OK}, stands for. */
    static KernelException exception(NativeOperation operation, int answer) {
        int code = answer & STATUS_MASK;
        String member = NativeStructs.member(operation.job(), answer >>> OFFSET_SHIFT & OFFSET_MASK);
        String fault = Arrays.stream(values())
                .filter(status -> status.code == code)
                .map(status -> status.fault)
                .findFirst()
                .orElse("has fault " + code);
        return new KernelException(operation.symbol() + ": " + member + " " + fault);
    }
}
