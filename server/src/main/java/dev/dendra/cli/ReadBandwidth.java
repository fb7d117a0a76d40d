// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.platform.CpuFeatures;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.platform.MemoryInfo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast some threads together can read memory: the ceiling of decode, which reads every weight for every token. The
 * buffer is much larger than the last-level cache and lies in huge pages where there are some, as weights do.
 */
final class ReadBandwidth {
    private static final long SMALLEST_BUFFER = 256L << 20;
    private static final int CACHE_MULTIPLE = 8;
    private static final int SMALLEST_CACHE_SHARE = 8;
    /** Long enough for the JIT to compile the loop, and for a quiet moment on a shared machine. */
    private static final long MEASURING_NANOS = 1_000_000_000;

    private static final int STRIDE_LONGS = 8;

    private ReadBandwidth() {}

    /** The size of a buffer that measures memory and not cache; nothing where memory is too small for one. */
    static Optional<Long> bufferBytes(CpuFeatures cpu, MemoryInfo memory) {
        long cache = Math.max(cpu.l3Bytes(), cpu.l2Bytes());
        long bytes = Math.max(SMALLEST_BUFFER, CACHE_MULTIPLE * cache);
        boolean fits = bytes <= Math.min(memory.availableBytes(), memory.ceilingBytes()) / 2;
        return fits && cache <= memory.ceilingBytes() / SMALLEST_CACHE_SHARE ? Optional.of(bytes) : Optional.empty();
    }

    /** Bytes a second, the best of some passes over {@code bytes} by {@code threads} threads. */
    static double measure(long bytes, int threads) throws InterruptedException {
        try (HugePageMemory memory = HugePageMemory.allocate(bytes)) {
            // Untouched pages would all be the one zero page.
            memory.segment().fill((byte) 1);
            double best = 0;
            long start = System.nanoTime();
            do {
                best = Math.max(best, bytes * 1e9 / pass(memory.segment(), threads));
            } while (System.nanoTime() - start < MEASURING_NANOS);
            return best;
        }
    }

    private static long pass(MemorySegment buffer, int threads) throws InterruptedException {
        long slice = buffer.byteSize() / threads & -(STRIDE_LONGS * Long.BYTES);
        AtomicLong sum = new AtomicLong();
        List<Thread> workers = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < threads; i++) {
            long from = i * slice;
            long to = i == threads - 1 ? buffer.byteSize() & -(STRIDE_LONGS * Long.BYTES) : from + slice;
            workers.add(Thread.ofPlatform().start(() -> sum.addAndGet(sum(buffer, from, to))));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        long nanos = System.nanoTime() - start;
        if (sum.get() == 0) {
            throw new AssertionError("the buffer holds ones");
        }
        return nanos;
    }

    /** Several sums side by side, so that additions do not wait for each other. */
    private static long sum(MemorySegment buffer, long from, long to) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (long offset = from; offset < to; offset += STRIDE_LONGS * Long.BYTES) {
            a += buffer.get(ValueLayout.JAVA_LONG, offset) + buffer.get(ValueLayout.JAVA_LONG, offset + 8);
            b += buffer.get(ValueLayout.JAVA_LONG, offset + 16) + buffer.get(ValueLayout.JAVA_LONG, offset + 24);
            c += buffer.get(ValueLayout.JAVA_LONG, offset + 32) + buffer.get(ValueLayout.JAVA_LONG, offset + 40);
            d += buffer.get(ValueLayout.JAVA_LONG, offset + 48) + buffer.get(ValueLayout.JAVA_LONG, offset + 56);
        }
        return a + b + c + d;
    }
}
