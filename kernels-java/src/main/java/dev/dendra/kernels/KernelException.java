// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/**
 * A kernel refused its work before it touched any memory of it; the message names the operation and the argument at
 * fault. It is a defect of the caller: shapes are validated when a model is planned.
 */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With the operation, the argument and what is wrong with it. */
    public KernelException(String message) {
        super(message);
    }
}
