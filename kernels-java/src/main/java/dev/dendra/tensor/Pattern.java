// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tensor;

/**
 * Which weights of a matrix are stored: all of them, or blocks of a fixed shape, {@code outputs x inputs}. A second axis
 * beside the {@link Encoding}; where the codes lie is {@code dev.dendra.sparse.SparseLayout}'s business.
 */
public enum Pattern {
    /** Every weight is stored. */
    DENSE("dense", 1, 1),
    /** Single weights. Any unstructured mask; 2:4 and 8:16 are special cases. Saves bytes. */
    UNSTRUCTURED("1x1", 1, 1),
    /** Quads: 4 inputs of one output. Saves bytes. */
    QUADS("1x4", 1, 4),
    /** Lines of a panel: 4 inputs of 16 outputs. Saves bytes, and work where inputs can be gathered. */
    LINES("16x4", 16, 4),
    /** Tiles: 64 inputs of 16 outputs. Saves bytes and work. */
    TILES("16x64", 16, 64);

    private final String id;
    private final int blockRows;
    private final int blockColumns;

    Pattern(String id, int blockRows, int blockColumns) {
        this.id = id;
        this.blockRows = blockRows;
        this.blockColumns = blockColumns;
    }

    /** Name as in file manifests, options and metrics: {@code 1x4}. */
    public String id() {
        return id;
    }

    /** Outputs of a block. */
    public int blockRows() {
        return blockRows;
    }

    /** Inputs of a block. */
    public int blockColumns() {
        return blockColumns;
    }

    /** Whether only live blocks are stored. */
    public boolean isSparse() {
        return this != DENSE;
    }

    /**
     * The pattern of that name.
     *
     * @throws IllegalArgumentException naming the known patterns
     */
    public static Pattern ofId(String id) {
        for (Pattern pattern : values()) {
            if (pattern.id.equals(id)) {
                return pattern;
            }
        }
        throw new IllegalArgumentException("unknown pattern '" + id + "'; known: dense, 1x1, 1x4, 16x4, 16x64");
    }
}
