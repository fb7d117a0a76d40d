// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelException;

/** What a function of the library answers, {@code enum dendra_status}. */
enum NativeStatus {
    OK("no fault"),
    NULL_JOB("there is no job"),
    NULL_POINTER("is a null pointer"),
    MISALIGNED("is not aligned to 64 bytes"),
    BAD_SIZE("is out of range or does not fit the other sizes"),
    BAD_SLICE("lies outside of the matrix, or ends before it begins"),
    BAD_ENCODING("is an encoding that the operation does not take"),
    UNSUPPORTED("is an instruction set that may not run here"),
    BAD_INDEX("holds a token, position or block outside of what it points into");

    private static final int STATUS_MASK = 0xff;
    private static final int OFFSET_SHIFT = 8;
    private static final int OFFSET_MASK = 0xffff;

    private final String fault;

    NativeStatus(String fault) {
        this.fault = fault;
    }

    /** The error that {@code answer}, which is not {@link #OK}, stands for. */
    static KernelException exception(NativeOperation operation, int answer) {
        int code = answer & STATUS_MASK;
        String member = NativeStructs.member(operation.job(), answer >>> OFFSET_SHIFT & OFFSET_MASK);
        String fault = code < values().length ? values()[code].fault : "has fault " + code;
        return new KernelException(operation.symbol() + ": " + member + " " + fault);
    }
}
