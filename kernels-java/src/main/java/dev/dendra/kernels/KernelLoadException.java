// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/** Kernels that were asked for cannot be had; the message says why and what would help. */
public final class KernelLoadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With a reason. */
    public KernelLoadException(String message) {
        super(message);
    }

    /** With a reason and its cause. */
    public KernelLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
