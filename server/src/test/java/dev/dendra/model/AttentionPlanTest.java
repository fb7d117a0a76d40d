// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.StepRows;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every row and span is in one piece, and pieces are about as large as each other. */
class AttentionPlanTest {
    private static final int KV_HEADS = 3;
    private static final int HEADS = 9;
    private static final int ROWS = 64;
    private static final int CONTEXT = 8192;
    private static final int SPAN = AttentionSpans.TOKENS;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private AttentionPlan plan(int threads) {
        return new AttentionPlan(arena, new KvLayout(KvType.F32, 1, KV_HEADS, 8, 4096), HEADS, ROWS, CONTEXT, threads);
    }

    /** Sequences whose last rows are at the positions given; each has {@code rowsEach}. */
    private StepRows step(int rowsEach, int... positions) {
        StepRows rows = new StepRows(arena, rowsEach * positions.length, 1);
        for (int i = 0; i < positions.length; i++) {
            for (int j = 0; j < rowsEach; j++) {
                rows.setRow(i * rowsEach + j, 0, positions[i] - rowsEach + 1 + j, 1000 * i);
            }
        }
        return rows;
    }

    /** Positions of the largest piece. */
    private static long checkCover(AttentionPlan plan, StepRows rows) {
        BitSet[] seen = new BitSet[rows.capacity()];
        Arrays.setAll(seen, row -> new BitSet());
        BitSet slots = new BitSet();
        long largest = 0;
        for (int i = 0; i < plan.pieces(); i++) {
            AttentionPlan.Piece piece = plan.piece(i);
            long positions = 0;
            for (int row = piece.rowFrom(); row < piece.rowTo(); row++) {
                int spans = AttentionSpans.count(rows.position(row));
                int from = piece.isPartial() ? piece.spanFrom() : 0;
                int to = piece.isPartial() ? piece.spanTo() : spans;
                assertTrue(from < to && to <= spans);
                for (int span = from; span < to; span++) {
                    assertFalse(seen[row].get(span), "row " + row + ", span " + span + " twice");
                    seen[row].set(span);
                    positions += Math.min(SPAN, rows.position(row) + 1 - span * SPAN);
                }
                if (piece.isPartial()) {
                    assertEquals(spans, piece.slotTo(0) - piece.slotFrom(0));
                    for (int kvHead = 0; kvHead < KV_HEADS; kvHead++) {
                        for (int span = from; span < to; span++) {
                            int slot = piece.slotFrom(kvHead) + span;
                            assertTrue(slot < plan.partials().rows());
                            assertFalse(slots.get(slot), "slot " + slot + " twice");
                            slots.set(slot);
                        }
                    }
                }
            }
            largest = Math.max(largest, positions);
        }
        for (int row = 0; row < rows.capacity(); row++) {
            assertEquals(AttentionSpans.count(rows.position(row)), seen[row].cardinality(), "row " + row);
        }
        return largest;
    }

    @Test
    void oneLongSequenceIsSharedByAllThreads() {
        for (int threads : new int[] {2, 3, 8, 64}) {
            for (int position : new int[] {SPAN, 2 * SPAN - 1, 2 * SPAN, 5000, CONTEXT - 1}) {
                AttentionPlan plan = plan(threads);
                StepRows rows = step(1, position);
                plan.of(rows, 1);
                long largest = checkCover(plan, rows);
                long even = (position + 1L) * KV_HEADS / threads;
                assertTrue(largest <= Math.max(SPAN, even / 2), threads + " threads, " + position + ": " + largest);
            }
        }
    }

    @Test
    void aLongSequenceAmongShortOnesIsCutAndThoseAreGathered() {
        AttentionPlan plan = plan(2);
        StepRows rows = step(1, 40, 50, 8000, 60, 70, 7000, 80);
        plan.of(rows, 7);
        assertTrue(checkCover(plan, rows) < 4000);
        assertEquals(0, plan.piece(0).rowFrom());
        assertEquals(2, plan.piece(0).rowTo());
    }

    @Test
    void shortSequencesAreSpreadEvenly() {
        AttentionPlan plan = plan(2);
        int[] positions = new int[16];
        Arrays.fill(positions, 255);
        StepRows rows = step(1, positions);
        plan.of(rows, 16);
        assertTrue(checkCover(plan, rows) <= 3 * 256);
    }

    @Test
    void rowsOfAPromptStayTogether() {
        AttentionPlan plan = plan(8);
        StepRows rows = step(32, 4000, 100);
        plan.of(rows, 64);
        checkCover(plan, rows);
        assertEquals(4, plan.pieces());
        for (int i = 0; i < 4; i++) {
            assertFalse(plan.piece(i).isPartial());
            assertEquals(16 * i, plan.piece(i).rowFrom());
        }
    }

    @Test
    void oneThreadCutsNothing() {
        AttentionPlan plan = plan(1);
        StepRows rows = step(1, 8000, 7000);
        plan.of(rows, 2);
        checkCover(plan, rows);
        assertEquals(1, plan.pieces());
    }

    @Test
    void whatHasNoRoomForPartialResultsIsNotCut() {
        AttentionPlan plan =
                new AttentionPlan(arena, new KvLayout(KvType.F32, 1, KV_HEADS, 8, 1), HEADS, ROWS, CONTEXT, 2);
        StepRows rows = step(1, 8000, 7000);
        plan.of(rows, 2);
        checkCover(plan, rows);
        assertFalse(plan.piece(0).isPartial());
    }

    @Test
    void theLastPieceOfARowCompletesItInEveryLayer() {
        AttentionPlan plan = plan(2);
        StepRows rows = step(1, 8000, 8000);
        plan.of(rows, 2);
        for (int layer = 0; layer < 2; layer++) {
            for (int kvHead = 0; kvHead < KV_HEADS; kvHead++) {
                int completed = 0;
                for (int i = plan.pieces() - 1; i >= 0; i--) {
                    boolean last = i == 0
                            || plan.piece(i - 1).rowFrom() != plan.piece(i).rowFrom();
                    assertEquals(last, plan.completesRow(plan.piece(i), kvHead));
                    completed += last ? 1 : 0;
                }
                assertEquals(2, completed);
            }
        }
    }
}
