// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** Told how far a conversion is, on the thread that asked for it. */
@FunctionalInterface
public interface ConversionProgress {

    /** Progress that nobody looks at. */
    ConversionProgress NONE = (done, total, tensor) -> {};

    /**
     * A tensor is done.
     *
     * @param done bytes of the source read so far
     * @param total bytes of the source in all
     * @param tensor the tensor that was done last
     */
    void tensorDone(long done, long total, String tensor);
}
