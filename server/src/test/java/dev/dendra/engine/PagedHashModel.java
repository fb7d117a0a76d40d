// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.StepRows;
import dev.dendra.model.LanguageModel;
import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A model whose next token depends on every token before it, as it reads them back from its paged cache: it stores each
 * row's token where a real model stores keys and values, and hashes what the block table leads it to. A wrong table, a
 * wrong position, a block shared by two sequences or freed too early change the tokens that come out.
 */
class PagedHashModel implements LanguageModel {
    static final int VOCABULARY = 101;
    private static final int CONTEXT = 512;
    private static final int MAXIMUM_ROWS = 64;
    private static final int MAXIMUM_LOGIT_ROWS = 5;

    private final int kvBlocks;
    private final int[][] cache;
    private final int[] filled;
    private final long[] states = new long[MAXIMUM_ROWS];
    private final FloatMatrix logits = FloatMatrix.allocate(Arena.ofAuto(), MAXIMUM_LOGIT_ROWS, VOCABULARY);

    PagedHashModel(int kvBlocks) {
        this.kvBlocks = kvBlocks;
        this.cache = new int[kvBlocks][KvLayout.BLOCK_TOKENS];
        this.filled = new int[kvBlocks];
    }

    /** What follows {@code tokens}: greedy continuation, computed without any cache. */
    static int[] greedy(int[] tokens, int count) {
        int[] all = Arrays.copyOf(tokens, tokens.length + count);
        for (int length = tokens.length; length < all.length; length++) {
            long state = 0;
            for (int i = 0; i < length; i++) {
                state = mix(state, all[i]);
            }
            int best = 0;
            for (int token = 1; token < VOCABULARY; token++) {
                if (logit(state, token) > logit(state, best)) {
                    best = token;
                }
            }
            all[length] = best;
        }
        return Arrays.copyOfRange(all, tokens.length, all.length);
    }

    /** Log-probability of {@code tokens[position]} given those before it. */
    static double logprob(int[] tokens, int position) {
        long state = 0;
        for (int i = 0; i < position; i++) {
            state = mix(state, tokens[i]);
        }
        double sum = 0;
        for (int token = 0; token < VOCABULARY; token++) {
            sum += Math.exp(logit(state, token));
        }
        return logit(state, tokens[position]) - Math.log(sum);
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY;
    }

    @Override
    public int contextLength() {
        return CONTEXT;
    }

    @Override
    public int maximumRows() {
        return MAXIMUM_ROWS;
    }

    @Override
    public int maximumLogitRows() {
        return MAXIMUM_LOGIT_ROWS;
    }

    @Override
    public void copyKvBlock(int from, int to) {
        throw new UnsupportedOperationException("no test copies blocks of this model");
    }

    @Override
    public int kvBlocks() {
        return kvBlocks;
    }

    @Override
    public void forward(StepRows rows, int count) {
        if (count < 1 || count > MAXIMUM_ROWS) {
            throw new AssertionError("a step of " + count + " rows");
        }
        for (int row = 0; row < count; row++) {
            write(rows, row);
        }
        for (int row = 0; row < count; row++) {
            long state = 0;
            for (int position = 0; position <= rows.position(row); position++) {
                state = mix(state, cache[blockOf(rows, row, position)][position % KvLayout.BLOCK_TOKENS]);
            }
            states[row] = state;
        }
    }

    private void write(StepRows rows, int row) {
        int block = blockOf(rows, row, rows.position(row));
        int slot = rows.position(row) % KvLayout.BLOCK_TOKENS;
        if (slot != 0 && filled[block] != slot) {
            throw new AssertionError("position " + rows.position(row) + " is out of order in block " + block);
        }
        cache[block][slot] = rows.token(row);
        filled[block] = slot + 1;
    }

    private static int blockOf(StepRows rows, int row, int position) {
        return rows.block(rows.tableStart(row) + position / KvLayout.BLOCK_TOKENS);
    }

    @Override
    public FloatMatrix logits(int[] rows, int from, int to) {
        if (to - from > MAXIMUM_LOGIT_ROWS) {
            throw new AssertionError((to - from) + " rows of logits");
        }
        for (int i = from; i < to; i++) {
            for (int token = 0; token < VOCABULARY; token++) {
                logits.set(i - from, token, logit(states[rows[i]], token));
            }
        }
        return logits;
    }

    @Override
    public void close() {}

    private static long mix(long state, int token) {
        long mixed = (state + token + 1) * 0x9E3779B97F4A7C15L;
        return mixed ^ mixed >>> 29;
    }

    private static float logit(long state, int token) {
        return (mix(state, token) >>> 40) * 0x1p-22f;
    }
}
