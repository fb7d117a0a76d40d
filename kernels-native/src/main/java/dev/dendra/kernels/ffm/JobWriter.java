// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.Bfloat16Matrix;
import dev.dendra.tensor.CodePlane;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import dev.dendra.tensor.QuantizedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one thread's jobs: each call fills it member by member, in the order of the header. It is there as long
 * as the thread is, so that a call allocates nothing.
 */
final class JobWriter {
    private static final long BYTES = 256;
    private static final ThreadLocal<JobWriter> OF_THREAD = ThreadLocal.withInitial(JobWriter::new);

    // An automatic arena: a call then has no lifetime to hold on to and to let go of, which a shared one would cost.
    private final MemorySegment job = Arena.ofAuto().allocate(BYTES, Long.BYTES);
    private long end;

    private JobWriter() {}

    /** A new job, in the calling thread's memory. */
    static JobWriter begin(NativeTier tier) {
        JobWriter writer = OF_THREAD.get();
        writer.end = 0;
        return writer.int32(tier.code());
    }

    /** The job as far as it is written. */
    MemorySegment job() {
        return job;
    }

    /** Bytes written so far. */
    long bytes() {
        return end;
    }

    JobWriter int32(int value) {
        job.set(ValueLayout.JAVA_INT, end, value);
        end += Integer.BYTES;
        return this;
    }

    JobWriter float32(float value) {
        job.set(ValueLayout.JAVA_FLOAT, end, value);
        end += Float.BYTES;
        return this;
    }

    JobWriter int64(long value) {
        job.set(ValueLayout.JAVA_LONG, end, value);
        end += Long.BYTES;
        return this;
    }

    JobWriter pointer(MemorySegment target) {
        return int64(target.address());
    }

    JobWriter weights(PackedMatrix w) {
        return pointer(w.segment())
                .int32(code(w.encoding()))
                .int32(w.rows())
                .int32(w.columns())
                .int32(code(w.pattern()));
    }

    /** {@code enum dendra_pattern}. */
    static int code(Pattern pattern) {
        return switch (pattern) {
            case DENSE -> 0;
            case UNSTRUCTURED -> 1;
            case QUADS -> 2;
            case LINES -> 3;
            case TILES -> 4;
        };
    }

    /** {@code enum dendra_encoding}. */
    static int code(Encoding encoding) {
        return switch (encoding) {
            case F32 -> 0;
            case BF16 -> 1;
            case I8 -> 2;
            case I8G32 -> 3;
            case U4G32 -> 4;
        };
    }

    JobWriter floats(FloatMatrix x) {
        return pointer(x.segment())
                .int32(x.rows())
                .int32(x.columns())
                .int32(x.stride())
                .int32(0);
    }

    JobWriter codes(QuantizedMatrix x) {
        CodePlane plane = x.plane();
        CodePlane low = x.lowPlane();
        return pointer(plane.codes())
                .nullable(low == null ? null : low.codes())
                .pointer(x.scales())
                .pointer(plane.sums())
                .nullable(low == null ? null : low.sums())
                .int32(x.rows())
                .int32(x.columns())
                .int32(x.stride())
                .int32(x.group());
    }

    private JobWriter nullable(@Nullable MemorySegment target) {
        return int64(target == null ? 0 : target.address());
    }

    JobWriter bfloats(Bfloat16Matrix x) {
        return pointer(x.segment())
                .int32(x.rows())
                .int32(x.columns())
                .int32(x.stride())
                .int32(0);
    }

    JobWriter step(StepRows rows) {
        return pointer(rows.tokens())
                .pointer(rows.positions())
                .pointer(rows.tableStarts())
                .pointer(rows.blockTables())
                .int32(rows.capacity())
                .int32(rows.tableCapacity());
    }

    JobWriter cache(KvLayout layout, MemorySegment cache) {
        return pointer(cache)
                .int32(layout.layers())
                .int32(layout.kvHeads())
                .int32(layout.headDimension())
                .int32(layout.blocks())
                .int32(code(layout.type()))
                .int32(0);
    }

    /** {@code enum dendra_kv_type}. */
    static int code(KvType type) {
        return switch (type) {
            case F32 -> 0;
            case BF16 -> 1;
            case INT8 -> 2;
        };
    }

    JobWriter scratch(MemorySegment scratch) {
        return pointer(scratch).int64(scratch.byteSize());
    }
}
