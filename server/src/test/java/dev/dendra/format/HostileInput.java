// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Feeds damaged files to a parser and checks that it accepts or refuses them, quickly and in little memory. */
final class HostileInput {
    /** Enough for the limits of the formats, far less than what a forged count asks for. */
    private static final long MOST_BYTES = 64 << 20;

    private static final long MOST_NANOS = 1_000_000_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int refused;

    /** Parses a whole file. */
    interface Parser {
        void parse(byte[] file) throws ModelFormatException;
    }

    /** Parses {@code file}; anything but success or a typed refusal fails the test. */
    void feed(Parser parser, byte[] file, String what) {
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long start = threads.getCurrentThreadCpuTime();
        try {
            parser.parse(file);
        } catch (ModelFormatException expected) {
            refused++;
        } catch (RuntimeException | Error unexpected) {
            throw new AssertionError(what + ": " + unexpected, unexpected);
        }
        long nanos = threads.getCurrentThreadCpuTime() - start;
        long allocated = threads.getCurrentThreadAllocatedBytes() - bytes;
        assertTrue(allocated < MOST_BYTES, () -> what + " allocated " + allocated + " bytes");
        assertTrue(nanos < MOST_NANOS, () -> what + " took " + nanos / 1_000_000 + " ms");
    }

    /** How many files were refused. */
    int refused() {
        return refused;
    }

    /** A copy with one to four changes before {@code end}: bits flipped, bytes set, runs copied or zeroed. */
    static byte[] mutate(byte[] file, int end, SplittableRandom random) {
        byte[] mutant = file.clone();
        for (int change = random.nextInt(1, 5); change > 0; change--) {
            int at = random.nextInt(end);
            int length = Math.min(random.nextInt(1, 9), end - at);
            switch (random.nextInt(5)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) random.nextInt(256);
                case 2 -> System.arraycopy(file, random.nextInt(end - length + 1), mutant, at, length);
                case 3 -> Arrays.fill(mutant, at, at + length, (byte) 0xFF);
                default -> Arrays.fill(mutant, at, at + length, (byte) 0);
            }
        }
        return mutant;
    }
}
