// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;

/**
 * What {@code dendra_detect} found.
 *
 * @param tier the highest that may run
 * @param reasons for each tier above it, why it may not
 */
record NativeCpu(NativeTier tier, Map<NativeTier, String> reasons) {
    private static final long TIER = NativeStructs.offset(NativeStructs.CPU, "isa");
    private static final long REASON = NativeStructs.offset(NativeStructs.CPU, "reason");

    /** Reads a filled {@code struct dendra_cpu}. */
    static NativeCpu of(MemorySegment cpu) {
        NativeTier tier = NativeTier.ofCode(cpu.get(ValueLayout.JAVA_INT, TIER));
        Map<NativeTier, String> reasons = new EnumMap<>(NativeTier.class);
        for (NativeTier higher : NativeTier.values()) {
            if (higher.compareTo(tier) > 0) {
                reasons.put(higher, cpu.getString(REASON + (long) higher.code() * NativeStructs.REASON_BYTES));
            }
        }
        return new NativeCpu(tier, reasons);
    }

    /** Why each higher tier does not run, best first: {@code amx: the CPU has no AMX_TILE}; empty on the best. */
    String whyNotHigher() {
        StringBuilder text = new StringBuilder();
        for (int code = NativeTier.values().length - 1; code > tier.code(); code--) {
            NativeTier higher = NativeTier.ofCode(code);
            text.append(text.isEmpty() ? "" : "; ")
                    .append(higher.id())
                    .append(": ")
                    .append(reasons.get(higher));
        }
        return text.toString();
    }
}
