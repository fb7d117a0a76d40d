// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register width that all kernels of this package use, chosen once: species have to be compile-time constants of
 * the JIT, or every vector becomes an object. The system property {@value #PROPERTY} forces {@code 128}, {@code 256} or
 * {@code 512} bits, also on a CPU that has fewer (slow, exact, for tests); {@code preferred} is the CPU's own.
 */
final class VectorSpeciesChoice {
    static final String PROPERTY = "dendra.vector.bits";

    /** Floats in a register. */
    static final VectorSpecies<Float> FLOATS = species(System.getProperty(PROPERTY, "preferred"));

    /** Ints in the same register. */
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /** Shorts in the same register. */
    static final VectorSpecies<Short> SHORTS = FLOATS.withLanes(short.class);

    /** Elements of 32 bits in a register: 4, 8 or 16. */
    static final int LANES = FLOATS.length();

    /** Bytes of a register. */
    static final int BYTES = FLOATS.vectorByteSize();

    /** Bits of a register. */
    static final int BITS = FLOATS.vectorBitSize();

    /** Byte order of all memory that kernels see. */
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private VectorSpeciesChoice() {}

    private static VectorSpecies<Float> species(String bits) {
        return switch (bits) {
            case "128" -> FloatVector.SPECIES_128;
            case "256" -> FloatVector.SPECIES_256;
            case "512" -> FloatVector.SPECIES_512;
            case "preferred" -> preferred();
            default ->
                throw new IllegalArgumentException(PROPERTY + " is '" + bits + "'; possible: 128, 256, 512, preferred");
        };
    }

    /** A line of a panel is 512 bits, so wider registers have no use, and narrower than 128 no loop. */
    private static VectorSpecies<Float> preferred() {
        return switch (FloatVector.SPECIES_PREFERRED.vectorBitSize()) {
            case 64, 128 -> FloatVector.SPECIES_128;
            case 256 -> FloatVector.SPECIES_256;
            default -> FloatVector.SPECIES_512;
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
