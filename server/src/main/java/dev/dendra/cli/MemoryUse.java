// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.OptionalLong;

/**
 * Memory of a benchmark, in bytes.
 *
 * @param packedBytes all weights as packed
 * @param kvBytes the KV cache
 * @param peakResidentBytes the most that the process had in memory so far; empty where the system does not tell
 */
record MemoryUse(long packedBytes, long kvBytes, OptionalLong peakResidentBytes) {

    /** {@code memory: packed 887.0 MB + KV 8.4 MB; resident at most 1.05 GB, 155.0 MB more}. */
    String describe() {
        String planned = "memory: packed " + ByteSize.text(packedBytes) + " + KV " + ByteSize.text(kvBytes);
        if (peakResidentBytes.isEmpty()) {
            return planned + "; resident memory is not known here";
        }
        long peak = peakResidentBytes.getAsLong();
        long more = peak - packedBytes - kvBytes;
        return planned + "; resident at most " + ByteSize.text(peak) + ", " + ByteSize.text(Math.abs(more))
                + (more < 0 ? " less" : " more");
    }
}
