// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.kernels.reference.ReferenceKvCells;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** Causal grouped-query attention over the paged cache. */
interface AttentionContract extends KernelsUnderTest {

    @Test
    default void attentionIsWithinBoundForEveryHeadShape() {
        int[][] kvHeadsGroupAndDimension = {
            {1, 1, 1},
            {2, 1, 7},
            {1, 3, 8},
            {2, 2, 16},
            {1, 4, 20},
            {1, 8, 32},
            {3, 3, 64},
            {1, 5, 80},
            {1, 2, 128},
            {1, 33, 8}
        };
        for (int[] shape : kvHeadsGroupAndDimension) {
            for (KvType type : KvType.values()) {
                compare(type, shape[0], shape[1], shape[2], new int[] {40, 1, 70}, 9, 1, 3);
            }
        }
    }

    @Test
    default void attentionIsWithinBoundAtEveryBlockEdge() {
        for (int length : new int[] {1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 130}) {
            for (KvType type : KvType.values()) {
                compare(type, 1, 3, 16, new int[] {length}, 1);
                compare(type, 1, 3, 16, new int[] {length}, length);
            }
        }
    }

    @Test
    default void attentionIsWithinBoundAtEverySpanEdge() {
        int span = AttentionSpans.TOKENS;
        for (int length : new int[] {span - 1, span, span + 1, 2 * span - 1, 2 * span, 2 * span + 1, 2 * span + 40}) {
            for (KvType type : KvType.values()) {
                compare(type, 1, 3, 16, new int[] {length}, 1);
                compare(type, 1, 3, 16, new int[] {length, 20}, 33, 2);
            }
        }
    }

    /** However the spans of a row are shared out, merging what they give is attention, bit for bit. */
    @Test
    default void spansComputedApartGiveTheSameResult() {
        int span = AttentionSpans.TOKENS;
        int[][] kvHeadsGroupAndDimension = {{1, 1, 1}, {2, 1, 7}, {2, 3, 16}, {1, 4, 20}, {1, 5, 80}, {1, 33, 8}};
        for (int[] shape : kvHeadsGroupAndDimension) {
            for (int length : new int[] {20, span, span + 1, 2 * span, 3 * span + 5}) {
                for (int spansPerCall : new int[] {1, 2, 4}) {
                    for (KvType type : KvType.values()) {
                        compareSplit(type, shape[0], shape[1], shape[2], length, spansPerCall);
                    }
                }
            }
        }
    }

    @Test
    default void attentionOfARowDoesNotDependOnItsBatchAcrossSpans() {
        int span = AttentionSpans.TOKENS;
        for (KvType type : KvType.values()) {
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                CachedSequences sequences = new CachedSequences(arena, cases, type, 1, 24, span + 20, 2 * span + 3);
                StepRows rows = sequences.step(40, 10);
                FloatMatrix q = cases.matrix(50, 3 * 24, Values.ORDINARY);
                FloatMatrix together = FloatMatrix.allocate(arena, 50, 3 * 24);
                attend(arena, sequences, rows, q, together, 3, 0, 0, 50);
                for (int row = 0; row < 50; row++) {
                    FloatMatrix alone = FloatMatrix.allocate(arena, 50, 3 * 24);
                    attend(arena, sequences, rows, q, alone, 3, 0, row, row + 1);
                    Matrices.assertSameRow(cases.label("%s row %d", type, row), alone, row, together, row, 0, 3 * 24);
                }
            }
        }
    }

    @Test
    default void attentionOfARowDoesNotDependOnItsBatch() {
        for (int group : new int[] {1, 3, 4}) {
            for (KvType type : KvType.values()) {
                rowsAloneAndTogether(type, group);
            }
        }
    }

    private void rowsAloneAndTogether(KvType type, int group) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            CachedSequences sequences = new CachedSequences(arena, cases, type, 1, 24, 45, 100);
            StepRows rows = sequences.step(45, 50);
            FloatMatrix q = cases.matrix(95, group * 24, Values.ORDINARY);
            FloatMatrix together = FloatMatrix.allocate(arena, 95, group * 24);
            attend(arena, sequences, rows, q, together, group, 0, 0, 95);
            for (int row = 0; row < 95; row++) {
                FloatMatrix alone = FloatMatrix.allocate(arena, 95, group * 24);
                attend(arena, sequences, rows, q, alone, group, 0, row, row + 1);
                String label = cases.label("attention %s group %d row %d", type, group, row);
                Matrices.assertSameRow(label, alone, row, together, row, 0, group * 24);
            }
        }
    }

    /** A bad token spoils the rows from its own on, and not a bit before. */
    @Test
    default void attentionNeverReadsLaterPositions() {
        for (int bad : new int[] {1, 30, 31, 32, 33, 50, 64, 69}) {
            for (KvType type : KvType.values()) {
                spoil(type, 70, bad);
            }
        }
        for (int bad : new int[] {AttentionSpans.TOKENS - 1, AttentionSpans.TOKENS, AttentionSpans.TOKENS + 1}) {
            for (KvType type : KvType.values()) {
                spoil(type, AttentionSpans.TOKENS + 5, bad);
            }
        }
    }

    private void spoil(KvType type, int length, int bad) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            CachedSequences sequences = new CachedSequences(arena, cases, type, 1, 16, length);
            StepRows rows = sequences.step(length);
            FloatMatrix q = cases.matrix(length, 48, Values.ORDINARY);
            FloatMatrix expected = FloatMatrix.allocate(arena, length, 48);
            attend(arena, sequences, rows, q, expected, 3, 0, 0, length);
            FloatMatrix nan = FloatMatrix.allocate(arena, length, 16);
            for (int column = 0; column < 16; column++) {
                nan.set(bad, column, Float.NaN);
            }
            REFERENCE.writeKv(
                    nan, nan, sequences.layout(), sequences.segment(), CachedSequences.LAYER, rows, bad, bad + 1);
            FloatMatrix actual = FloatMatrix.allocate(arena, length, 48);
            attend(arena, sequences, rows, q, actual, 3, 0, 0, length);
            Matrices.assertSame(cases.label("NaN at %d", bad), expected, actual, bad, 48);
            for (int row = bad; row < length; row++) {
                Matrices.assertNear("row " + row, Double.NaN, actual.get(row, 20), 0);
            }
        }
    }

    /** Scores far apart: the running maximum must rise and fall without overflow. */
    @Test
    default void attentionHoldsWithLargeScores() {
        int span = AttentionSpans.TOKENS;
        for (int[] peakAndLength : new int[][] {
            {0, 91},
            {31, 91},
            {32, 91},
            {50, 91},
            {90, 91},
            {3, 2 * span + 9},
            {span, 2 * span + 9},
            {2 * span, 2 * span + 9}
        }) {
            int peak = peakAndLength[0];
            int length = peakAndLength[1];
            try (Arena arena = Arena.ofConfined()) {
                Cases cases = new Cases(arena);
                CachedSequences sequences = new CachedSequences(arena, cases, KvType.F32, 1, 8, length);
                StepRows all = sequences.step(length);
                FloatMatrix keys = FloatMatrix.allocate(arena, length, 8);
                FloatMatrix values = cases.matrix(length, 8, Values.ORDINARY);
                for (int position = 0; position < length; position++) {
                    keys.set(position, 0, -20 * Math.abs(position - peak));
                }
                REFERENCE.writeKv(
                        keys, values, sequences.layout(), sequences.segment(), CachedSequences.LAYER, all, 0, length);
                FloatMatrix q = FloatMatrix.allocate(arena, 1, 8);
                q.set(0, 0, 100);
                FloatMatrix y = FloatMatrix.allocate(arena, 1, 8);
                attend(arena, sequences, sequences.step(1), q, y, 1, 0, 0, 1);
                Matrices.assertSameRow(cases.label("peak at %d", peak), values, peak, y, 0, 0, 8);
            }
        }
    }

    private void compare(KvType type, int kvHeads, int group, int headDimension, int[] lengths, int... tails) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            String label =
                    cases.label("attention %s, %d kv heads, group %d, head %d", type, kvHeads, group, headDimension);
            int columns = kvHeads * group * headDimension;
            CachedSequences sequences = new CachedSequences(arena, cases, type, kvHeads, headDimension, lengths);
            StepRows rows = sequences.step(tails);
            int count = rows.capacity();
            FloatMatrix q = cases.matrix(count, columns, Values.ORDINARY);
            FloatMatrix expected = FloatMatrix.allocate(arena, count, columns);
            int stride = PanelLayout.paddedColumns(columns);
            for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                Guarded output = Guarded.canaries(arena, (long) count * stride * Float.BYTES);
                FloatMatrix y = output.matrix(count, columns, stride);
                int headFrom = kvHead * group * headDimension;
                int headTo = headFrom + group * headDimension;
                int rowFrom = count > 2 ? 1 : 0;
                REFERENCE.attention(
                        q,
                        sequences.layout(),
                        sequences.segment(),
                        CachedSequences.LAYER,
                        rows,
                        scale(headDimension),
                        expected,
                        kvHeads * group,
                        kvHead,
                        rowFrom,
                        count,
                        scratch(arena).segment());
                attend(arena, sequences, rows, q, y, kvHeads * group, kvHead, rowFrom, count);
                output.assertWrittenOnly(label, stride, rowFrom, count, headFrom, headTo);
                for (int row = rowFrom; row < count; row++) {
                    for (int column = headFrom; column < headTo; column++) {
                        int head = column / headDimension;
                        double bound = bound(sequences, rows, q, row, head, kvHead);
                        Matrices.assertNear(label, expected.get(row, column), y.get(row, column), bound);
                    }
                }
            }
            sequences.cache().assertUntouched(label);
        }
    }

    private void compareSplit(KvType type, int kvHeads, int group, int headDimension, int length, int spansPerCall) {
        try (Arena arena = Arena.ofConfined()) {
            Cases cases = new Cases(arena);
            String label = cases.label(
                    "%s, %d kv heads, group %d, head %d, %d positions, %d spans a call",
                    type, kvHeads, group, headDimension, length, spansPerCall);
            int heads = kvHeads * group;
            CachedSequences sequences = new CachedSequences(arena, cases, type, kvHeads, headDimension, 40, length);
            StepRows rows = sequences.step(1, 1);
            FloatMatrix q = cases.matrix(2, heads * headDimension, Values.ORDINARY);
            FloatMatrix whole = FloatMatrix.allocate(arena, 2, heads * headDimension);
            int spans = AttentionSpans.count(length - 1);
            int columns = AttentionSpans.partialColumns(group, headDimension);
            int stride = PanelLayout.paddedColumns(columns);
            int outputStride = PanelLayout.paddedColumns(heads * headDimension);
            for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                attend(arena, sequences, rows, q, whole, heads, kvHead, 1, 2);
                Guarded memory = Guarded.canaries(arena, (long) (spans + 3) * stride * Float.BYTES);
                FloatMatrix partials = memory.matrix(spans + 3, columns, stride);
                // Descending, since no call may rely on one before it.
                for (int from = (spans - 1) / spansPerCall * spansPerCall; from >= 0; from -= spansPerCall) {
                    int to = Math.min(from + spansPerCall, spans);
                    Guarded scratch = scratch(arena);
                    kernels()
                            .attentionSpans(
                                    q,
                                    sequences.layout(),
                                    sequences.segment(),
                                    CachedSequences.LAYER,
                                    rows,
                                    scale(headDimension),
                                    partials,
                                    heads,
                                    kvHead,
                                    1,
                                    from,
                                    to,
                                    2 + from,
                                    scratch.segment());
                    scratch.assertOnlyInsideWritten("attention scratch");
                    memory.assertWrittenOnly(label, stride, 2 + from, 2 + spans, 0, columns);
                }
                Guarded output = Guarded.canaries(arena, 2L * outputStride * Float.BYTES);
                FloatMatrix y = output.matrix(2, heads * headDimension, outputStride);
                kernels().mergeSpans(partials, 2, 2 + spans, sequences.layout(), y, heads, kvHead, 1);
                int headFrom = kvHead * group * headDimension;
                int headTo = headFrom + group * headDimension;
                output.assertWrittenOnly(label, outputStride, 1, 2, headFrom, headTo);
                Matrices.assertSameRow(label, whole, 1, y, 1, headFrom, headTo);
            }
            sequences.cache().assertUntouched(label);
        }
    }

    private void attend(
            Arena arena,
            CachedSequences sequences,
            StepRows rows,
            FloatMatrix q,
            FloatMatrix y,
            int heads,
            int kvHead,
            int rowFrom,
            int rowTo) {
        Guarded scratch = scratch(arena);
        kernels()
                .attention(
                        q,
                        sequences.layout(),
                        sequences.segment(),
                        CachedSequences.LAYER,
                        rows,
                        scale(sequences.layout().headDimension()),
                        y,
                        heads,
                        kvHead,
                        rowFrom,
                        rowTo,
                        scratch.segment());
        scratch.assertOnlyInsideWritten("attention scratch");
    }

    private static float scale(int headDimension) {
        return (float) (1 / Math.sqrt(headDimension));
    }

    /**
     * A score that is off by e makes a share off by 2e (itself and the sum), and the weighted sum of values, none larger
     * than 6, adds a rounding for each token, and one for the scale that codes may have. The exponential's argument and result are good to a few roundings more.
     */
    private static double bound(
            CachedSequences sequences, StepRows rows, FloatMatrix q, int row, int head, int kvHead) {
        KvLayout layout = sequences.layout();
        double largest = 0;
        int tokens = rows.position(row) + 1;
        for (int position = 0; position < tokens; position++) {
            int block = rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
            long keys = layout.keyOffset(CachedSequences.LAYER, block, kvHead);
            double magnitude = 0;
            for (int d = 0; d < layout.headDimension(); d++) {
                double key =
                        ReferenceKvCells.key(layout, sequences.segment(), keys, position % KvLayout.BLOCK_TOKENS, d);
                magnitude += Math.abs(q.get(row, head * layout.headDimension() + d) * key);
            }
            largest = Math.max(largest, magnitude * scale(layout.headDimension()));
        }
        double scoreError = (layout.headDimension() + 4) * UNIT_ROUNDOFF * largest;
        return 6 * (2 * scoreError + (tokens + 41) * UNIT_ROUNDOFF);
    }
}
