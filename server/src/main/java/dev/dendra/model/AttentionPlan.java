// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How the attention of a step is shared out: pieces of about as many positions, each of which is a task for every KV
 * head. Neighbouring rows of a prompt stay together, since they go over the same keys and values; decoding rows are
 * gathered; one that alone is more than a piece is cut into {@linkplain AttentionSpans spans}, whose partial results the
 * thread that ends the last of them merges. The result does not depend on the pieces.
 *
 * <p>Made once, planned for each step, and then the same for all layers; planning allocates nothing.
 */
final class AttentionPlan {
    /** Some rows, or some spans of one row. */
    static final class Piece {
        private int rowFrom;
        private int rowTo;
        private int spanFrom;
        private int spanTo;
        private int spans;
        private int firstSlot;
        private int cut;

        /** First row. */
        int rowFrom() {
            return rowFrom;
        }

        /** Row after the last. */
        int rowTo() {
            return rowTo;
        }

        /** Whether this is some spans of one row only. */
        boolean isPartial() {
            return spans > 0;
        }

        /** First span of a partial piece. */
        int spanFrom() {
            return spanFrom;
        }

        /** Span after the last. */
        int spanTo() {
            return spanTo;
        }

        /** Row of the partial results that holds the first span of this piece's row. */
        int slotFrom(int kvHead) {
            return firstSlot + kvHead * spans;
        }

        /** The row of the partial results after the last span of this piece's row. */
        int slotTo(int kvHead) {
            return slotFrom(kvHead) + spans;
        }
    }

    /** Enough to even out threads, since a piece takes microseconds and claiming it a fraction of one. */
    private static final int TASKS_PER_WORKER = 8;

    private static final int ROWS_PER_PIECE = 16;

    /** Positions below which a piece is not worth a task of its own. */
    private static final int LEAST_POSITIONS = 128;

    private final int kvHeads;
    private final int wantedPieces;
    private final FloatMatrix partials;
    private final AtomicIntegerArray missing;
    private final Piece[] pieces;
    private final int[] piecesOfCut;
    private int count;
    private int cuts;
    private int slots;

    /**
     * Room for steps of {@code rows}.
     *
     * @param heads query heads
     * @param contextLength most positions of a sequence
     * @param threads that share the work
     */
    AttentionPlan(Arena arena, KvLayout layout, int heads, int rows, int contextLength, int threads) {
        this.kvHeads = layout.kvHeads();
        this.wantedPieces = threads == 1 ? 1 : (threads * TASKS_PER_WORKER + kvHeads - 1) / kvHeads;
        // A cut row has more than its share of all positions, so fewer rows than wanted pieces are cut.
        this.piecesOfCut = new int[wantedPieces];
        this.missing = new AtomicIntegerArray(wantedPieces * kvHeads);
        this.pieces = new Piece[rows + 2 * wantedPieces];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = new Piece();
        }
        int cutRows = Math.min(rows, wantedPieces - 1);
        long ofContexts = (long) cutRows * AttentionSpans.count(contextLength - 1);
        long ofCache = cutRows + (long) layout.blocks() * KvLayout.BLOCK_TOKENS / AttentionSpans.TOKENS;
        long spans = Math.max(1, Math.min(ofContexts, ofCache));
        int columns = AttentionSpans.partialColumns(heads / kvHeads, layout.headDimension());
        this.partials = FloatMatrix.allocate(arena, Math.toIntExact(spans * kvHeads), columns);
    }

    /** Shares out rows {@code 0 .. rowCount}. */
    void of(StepRows rows, int rowCount) {
        count = 0;
        cuts = 0;
        slots = 0;
        long positions = 0;
        for (int row = 0; row < rowCount; row++) {
            positions += rows.position(row) + 1;
        }
        long share = Math.max((positions + wantedPieces - 1) / wantedPieces, LEAST_POSITIONS);
        int row = 0;
        while (row < rowCount) {
            int end = endOfRun(rows, row, rowCount);
            if (end > row + 1) {
                addRun(row, end);
            } else if (rows.position(row) >= share && fits(rows, row)) {
                cut(rows, row, share);
            } else {
                end = gather(rows, row, rowCount, share);
            }
            row = end;
        }
    }

    /** Pieces of the step. */
    int pieces() {
        return count;
    }

    Piece piece(int index) {
        return pieces[index];
    }

    /** {@code [slots, AttentionSpans.partialColumns(heads / kvHeads, headDimension)]}. */
    FloatMatrix partials() {
        return partials;
    }

    /** Notes that a partial piece is done; true if that was the last of its row for this KV head. */
    boolean completesRow(Piece piece, int kvHead) {
        int index = piece.cut * kvHeads + kvHead;
        if (missing.decrementAndGet(index) > 0) {
            return false;
        }
        missing.set(index, piecesOfCut[piece.cut]);
        return true;
    }

    /** The row after those that continue the sequence of {@code row}, position by position. */
    private static int endOfRun(StepRows rows, int row, int rowCount) {
        int end = row + 1;
        while (end < rowCount
                && rows.tableStart(end) == rows.tableStart(row)
                && rows.position(end) == rows.position(row) + end - row) {
            end++;
        }
        return end;
    }

    private void addRun(int from, int to) {
        for (int row = from; row < to; row += ROWS_PER_PIECE) {
            add(row, Math.min(row + ROWS_PER_PIECE, to));
        }
    }

    /** Adds a piece of rows that stand alone, {@code row} and those after it, up to a share of positions. */
    private int gather(StepRows rows, int row, int rowCount, long share) {
        int end = row + 1;
        long positions = rows.position(row) + 1L;
        while (end < rowCount
                && end - row < ROWS_PER_PIECE
                && endOfRun(rows, end, rowCount) == end + 1
                && positions + rows.position(end) + 1 <= share) {
            positions += rows.position(end) + 1;
            end++;
        }
        add(row, end);
        return end;
    }

    private void add(int rowFrom, int rowTo) {
        Piece piece = pieces[count++];
        piece.rowFrom = rowFrom;
        piece.rowTo = rowTo;
        piece.spans = 0;
    }

    /** Whether a row has spans to be cut into, and the partial results have room for them. */
    private boolean fits(StepRows rows, int row) {
        int spans = AttentionSpans.count(rows.position(row));
        return spans > 1 && cuts < piecesOfCut.length && slots + spans * kvHeads <= partials.rows();
    }

    private void cut(StepRows rows, int row, long share) {
        int spans = AttentionSpans.count(rows.position(row));
        int parts = (int) Math.min(spans, (rows.position(row) + share) / share);
        for (int part = 0; part < parts; part++) {
            Piece piece = pieces[count++];
            piece.rowFrom = row;
            piece.rowTo = row + 1;
            piece.spanFrom = part * spans / parts;
            piece.spanTo = (part + 1) * spans / parts;
            piece.spans = spans;
            piece.firstSlot = slots;
            piece.cut = cuts;
        }
        piecesOfCut[cuts] = parts;
        for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
            missing.set(cuts * kvHeads + kvHead, parts);
        }
        slots += spans * kvHeads;
        cuts++;
    }
}
