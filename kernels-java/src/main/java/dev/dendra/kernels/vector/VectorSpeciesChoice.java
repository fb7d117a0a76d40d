// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this JVM, chosen once: the JIT only compiles vector code well where species are constants.
 * {@code -Ddendra.vector.bits=128|256|512} forces a width; without it the platform's preferred one is taken, at most
 * 512, since a panel has 16 outputs.
 */
final class VectorSpeciesChoice {
    private static final String BITS_PROPERTY = "dendra.vector.bits";
    private static final int LARGEST_BITS = 512;
    private static final int SMALLEST_BITS = 128;

    static final int BITS = bits();
    static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS));

    /** As many shorts as there are {@link #LANES}. */
    static final VectorSpecies<Short> HALF_SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(BITS / 2));

    /** 32-bit lanes of a vector. */
    static final int LANES = FLOATS.length();

    /** Bytes of a vector. */
    static final int BYTES = BITS / 8;

    /** Byte order of every tensor. */
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private VectorSpeciesChoice() {}

    private static int bits() {
        String asked = System.getProperty(BITS_PROPERTY, "preferred");
        if (asked.equals("preferred")) {
            int preferred = FloatVector.SPECIES_PREFERRED.vectorBitSize();
            return Math.clamp(preferred, SMALLEST_BITS, LARGEST_BITS);
        }
        return switch (asked) {
            case "128", "256", "512" -> Integer.parseInt(asked);
            default ->
                throw new IllegalArgumentException(
                        BITS_PROPERTY + " is '" + asked + "', expected 128, 256, 512 or preferred");
        };
    }

    /** Loads a vector of floats from {@code offset} bytes. */
    static FloatVector loadFloats(MemorySegment segment, long offset) {
        return FloatVector.fromMemorySegment(FLOATS, segment, offset, ORDER);
    }

    /** Loads a vector of ints from {@code offset} bytes. */
    static IntVector loadInts(MemorySegment segment, long offset) {
        return IntVector.fromMemorySegment(INTS, segment, offset, ORDER);
    }

    /** Loads a vector of shorts from {@code offset} bytes. */
    static ShortVector loadShorts(MemorySegment segment, long offset) {
        return ShortVector.fromMemorySegment(SHORTS, segment, offset, ORDER);
    }
}
