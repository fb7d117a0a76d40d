// SPDX-License-Identifier: Apache-2.0
package dev.dendra.sparse;

import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The dense matrix that a sparse one stands for: dead and padding weights are zero, scales are those of the sparse one, and
 * zero for blocks that are not stored. Products with a sparse matrix are defined as those with this one.
 */
public final class SparseExpansion {
    private final SparseLayout layout;
    private final PanelLayout panels;
    private final MemorySegment bytes;
    private final PanelMasks masks;
    private final QuadLines codes;

    private SparseExpansion(PackedMatrix sparse) {
        this.layout = SparseLayout.of(sparse);
        this.panels = sparse.layout();
        this.bytes = sparse.segment();
        this.masks = new PanelMasks(layout);
        this.codes = new QuadLines(panels);
    }

    /** The dense matrix; {@code matrix} itself if it is dense. */
    public static PackedMatrix dense(PackedMatrix matrix, Arena arena) {
        if (!matrix.pattern().isSparse()) {
            return matrix;
        }
        MemorySegment target = arena.allocate(matrix.layout().bytes(), 64);
        SparseExpansion expansion = new SparseExpansion(matrix);
        for (int panel = 0; panel < matrix.layout().panels(); panel++) {
            expansion.expand(panel, target, panel * matrix.layout().panelBytes());
        }
        return new PackedMatrix(matrix.name(), matrix.layout(), target);
    }

    private void expand(int panel, MemorySegment target, long dense) {
        codes.clear(target, dense);
        long start = layout.panelOffset(bytes, panel);
        masks.read(bytes, start);
        long at = start + layout.maskBytes();
        for (int first = 0; first < layout.quads(); first += layout.blockQuads()) {
            long live = 0;
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                live |= masks.elements(quad);
            }
            if (live == 0 && layout.dropsDeadBlocks()) {
                continue;
            }
            long scales = panels.blockCodesOffset();
            MemorySegment.copy(bytes, at, target, dense + panels.scalesOffset(4 * first), scales);
            at += scales;
            if (layout.pattern() == Pattern.TILES && panels.encoding().groupSize() > 0) {
                long blockCodes = panels.blockBytes() - scales;
                MemorySegment.copy(bytes, at, target, dense + panels.lineOffset(4 * first), blockCodes);
                at += blockCodes;
                continue;
            }
            for (int quad = first; quad < first + layout.blockQuads(); quad++) {
                long elements = masks.elements(quad);
                readCodes(at, elements, target, dense, quad);
                at += layout.codeBytes(Long.bitCount(elements));
            }
        }
    }

    private void readCodes(long at, long elements, MemorySegment target, long dense, int quad) {
        int index = 0;
        for (long left = elements; left != 0; left &= left - 1) {
            int value = switch (layout.codeBits()) {
                case 16 -> bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + index * 2L);
                case 8 -> bytes.get(ValueLayout.JAVA_BYTE, at + index);
                default -> bytes.get(ValueLayout.JAVA_BYTE, at + index / 2) << (28 - index % 2 * 4) >> 28;
            };
            codes.set(target, dense, quad, Long.numberOfTrailingZeros(left), value);
            index++;
        }
    }
}
