// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** The structs of {@code dendra_kernels.h}, member by member; a test compiles them against the header. */
final class NativeStructs {
    static final int REASON_BYTES = 112;

    static final StructLayout CPU = MemoryLayout.structLayout(
            int32("isa"),
            int32("extensions"),
            MemoryLayout.sequenceLayout(
                            NativeTier.values().length,
                            MemoryLayout.sequenceLayout(REASON_BYTES, ValueLayout.JAVA_BYTE))
                    .withName("reason"));

    private static final StructLayout WEIGHTS = MemoryLayout.structLayout(
            pointer("data"), int32("encoding"), int32("rows"), int32("columns"), int32("pattern"));
    private static final StructLayout FLOATS = MemoryLayout.structLayout(
            pointer("data"), int32("rows"), int32("columns"), int32("stride"), int32("reserved"));
    private static final StructLayout CODES = MemoryLayout.structLayout(
            pointer("codes"),
            pointer("low_codes"),
            pointer("scales"),
            pointer("sums"),
            pointer("low_sums"),
            int32("rows"),
            int32("columns"),
            int32("stride"),
            int32("group"));
    private static final StructLayout BFLOATS = FLOATS;
    private static final StructLayout STEP_ROWS = MemoryLayout.structLayout(
            pointer("tokens"),
            pointer("positions"),
            pointer("table_starts"),
            pointer("blocks"),
            int32("capacity"),
            int32("table_capacity"));
    private static final StructLayout KV = MemoryLayout.structLayout(
            pointer("data"),
            int32("layers"),
            int32("kv_heads"),
            int32("head_dimension"),
            int32("blocks"),
            int32("type"),
            int32("reserved"));
    private static final StructLayout SCRATCH =
            MemoryLayout.structLayout(pointer("data"), ValueLayout.JAVA_LONG.withName("bytes"));

    static final StructLayout MATMUL_F32 = MemoryLayout.structLayout(
            int32("isa"),
            int32("rows"),
            int32("panel_from"),
            int32("panel_to"),
            WEIGHTS.withName("w"),
            FLOATS.withName("x"),
            FLOATS.withName("y"),
            SCRATCH.withName("scratch"));
    static final StructLayout MATMUL_CODES = roundedMatmul(CODES);
    static final StructLayout MATMUL_BF16 = roundedMatmul(BFLOATS);
    static final StructLayout GATHER = MemoryLayout.structLayout(
            int32("isa"),
            int32("row_from"),
            int32("row_to"),
            int32("reserved"),
            WEIGHTS.withName("table"),
            STEP_ROWS.withName("step"),
            FLOATS.withName("y"));
    static final StructLayout RMS_NORM = MemoryLayout.structLayout(
            int32("isa"),
            int32("row_from"),
            int32("row_to"),
            float32("epsilon"),
            FLOATS.withName("x"),
            pointer("weight"),
            FLOATS.withName("y"));
    static final StructLayout QUANTIZE = rowwise(FLOATS.withName("x"), CODES.withName("y"));
    static final StructLayout ROUND_BF16 = rowwise(FLOATS.withName("x"), BFLOATS.withName("y"));
    static final StructLayout ADD = rowwise(FLOATS.withName("x"), FLOATS.withName("y"));
    static final StructLayout ADD_BIAS = rowwise(pointer("bias"), FLOATS.withName("y"));
    static final StructLayout SILU_MULTIPLY = MemoryLayout.structLayout(
            int32("isa"),
            int32("rows"),
            int32("column_from"),
            int32("column_to"),
            FLOATS.withName("gate"),
            FLOATS.withName("up"),
            FLOATS.withName("y"));
    static final StructLayout ROPE = MemoryLayout.structLayout(
            int32("isa"),
            int32("row_from"),
            int32("row_to"),
            int32("heads"),
            int32("head_dimension"),
            int32("rotated"),
            int32("neox"),
            int32("positions"),
            pointer("table"),
            STEP_ROWS.withName("step"),
            FLOATS.withName("x"));
    static final StructLayout WRITE_KV = MemoryLayout.structLayout(
            int32("isa"),
            int32("row_from"),
            int32("row_to"),
            int32("layer"),
            FLOATS.withName("keys"),
            FLOATS.withName("values"),
            KV.withName("cache"),
            STEP_ROWS.withName("step"));
    static final StructLayout ATTENTION = MemoryLayout.structLayout(
            int32("isa"),
            int32("row_from"),
            int32("row_to"),
            int32("layer"),
            int32("heads"),
            int32("kv_head"),
            float32("scale"),
            int32("reserved"),
            FLOATS.withName("q"),
            FLOATS.withName("y"),
            KV.withName("cache"),
            STEP_ROWS.withName("step"),
            SCRATCH.withName("scratch"));
    static final StructLayout ATTENTION_SPANS = MemoryLayout.structLayout(
            int32("isa"),
            int32("row"),
            int32("span_from"),
            int32("span_to"),
            int32("slot"),
            int32("layer"),
            int32("heads"),
            int32("kv_head"),
            float32("scale"),
            int32("reserved"),
            FLOATS.withName("q"),
            FLOATS.withName("partials"),
            KV.withName("cache"),
            STEP_ROWS.withName("step"),
            SCRATCH.withName("scratch"));
    static final StructLayout MERGE_SPANS = MemoryLayout.structLayout(
            int32("isa"),
            int32("slot_from"),
            int32("slot_to"),
            int32("row"),
            int32("heads"),
            int32("kv_heads"),
            int32("kv_head"),
            int32("head_dimension"),
            FLOATS.withName("partials"),
            FLOATS.withName("y"));
    static final StructLayout LOGITS = MemoryLayout.structLayout(
            int32("isa"), int32("row"), FLOATS.withName("x"), float32("log_sum_exp"), int32("arg_max"));

    private NativeStructs() {}

    /** Byte offset of a member of a struct. */
    static long offset(StructLayout struct, String member) {
        return struct.byteOffset(PathElement.groupElement(member));
    }

    /** The member that starts at byte {@code offset}, as C writes it: {@code x.stride}. */
    static String member(GroupLayout struct, long offset) {
        long at = 0;
        for (MemoryLayout member : struct.memberLayouts()) {
            if (offset >= at && offset < at + member.byteSize()) {
                String name = member.name().orElseThrow();
                return member instanceof GroupLayout group ? name + "." + member(group, offset - at) : name;
            }
            at += member.byteSize();
        }
        return "byte " + offset;
    }

    private static StructLayout roundedMatmul(StructLayout activations) {
        return MemoryLayout.structLayout(
                int32("isa"),
                int32("rows"),
                int32("panel_from"),
                int32("panel_to"),
                int32("tile_rows_from"),
                int32("reserved"),
                WEIGHTS.withName("w"),
                activations.withName("x"),
                FLOATS.withName("y"),
                SCRATCH.withName("scratch"));
    }

    private static StructLayout rowwise(MemoryLayout first, MemoryLayout second) {
        return MemoryLayout.structLayout(
                int32("isa"), int32("row_from"), int32("row_to"), int32("reserved"), first, second);
    }

    private static MemoryLayout int32(String name) {
        return ValueLayout.JAVA_INT.withName(name);
    }

    private static MemoryLayout float32(String name) {
        return ValueLayout.JAVA_FLOAT.withName(name);
    }

    private static MemoryLayout pointer(String name) {
        return ValueLayout.ADDRESS.withName(name);
    }
}
