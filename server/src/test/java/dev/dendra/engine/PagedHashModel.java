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
 * row's token where a real model stores keys and values, and hashes what the block table leads it to. Beside each token
 * lies the hash of all before it, as a real model's keys depend on all tokens before: so a block of the same tokens after
 * another beginning is told from the right one. A wrong table, a wrong position, a block that another writes to or that
 * was given away too early make the step fail or change the tokens that come out.
 */
class PagedHashModel implements LanguageModel {
    static final int VOCABULARY = 101;
    static final int EMBEDDING = 7;
    private static final int CONTEXT = 512;
    private static final int MAXIMUM_ROWS = 64;
    private static final int MAXIMUM_LOGIT_ROWS = 5;

    private final int kvBlocks;
    private final int[][] cache;
    private final long[][] prefixes;
    private final int[] filled;
    private long rowsComputed;
    private int copies;
    private final long[] states = new long[MAXIMUM_ROWS];
    private final FloatMatrix logits = FloatMatrix.allocate(Arena.ofAuto(), MAXIMUM_LOGIT_ROWS, VOCABULARY);
    private final FloatMatrix hiddenStates = FloatMatrix.allocate(Arena.ofAuto(), MAXIMUM_LOGIT_ROWS, EMBEDDING);

    PagedHashModel(int kvBlocks) {
        this.kvBlocks = kvBlocks;
        this.cache = new int[kvBlocks][KvLayout.BLOCK_TOKENS];
        this.prefixes = new long[kvBlocks][KvLayout.BLOCK_TOKENS];
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

    /** Hidden state after each of {@code tokens}, computed without any cache. */
    static float[][] hiddenStates(int[] tokens) {
        float[][] all = new float[tokens.length][EMBEDDING];
        long state = 0;
        for (int i = 0; i < tokens.length; i++) {
            state = mix(state, tokens[i]);
            for (int element = 0; element < EMBEDDING; element++) {
                all[i][element] = logit(state, element) - 2;
            }
        }
        return all;
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY;
    }

    @Override
    public int embeddingLength() {
        return EMBEDDING;
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
                state = read(rows, row, position, state);
            }
            states[row] = state;
        }
        rowsComputed += count;
    }

    private void write(StepRows rows, int row) {
        int position = rows.position(row);
        int block = blockOf(rows, row, position);
        int slot = position % KvLayout.BLOCK_TOKENS;
        if (slot > 0 && filled[block] < slot) {
            throw new AssertionError("position " + position + " is out of order in block " + block);
        }
        int before = position - 1;
        long prefix = position == 0
                ? 0
                : mix(prefixAt(rows, row, before), cache[blockOf(rows, row, before)][before % KvLayout.BLOCK_TOKENS]);
        cache[block][slot] = rows.token(row);
        prefixes[block][slot] = prefix;
        filled[block] = slot + 1;
    }

    private long read(StepRows rows, int row, int position, long state) {
        int block = blockOf(rows, row, position);
        int slot = position % KvLayout.BLOCK_TOKENS;
        if (slot >= filled[block]) {
            throw new AssertionError("position " + position + " was never written to block " + block);
        }
        if (prefixes[block][slot] != state) {
            throw new AssertionError("block " + block + " belongs to another beginning at position " + position);
        }
        return mix(state, cache[block][slot]);
    }

    private long prefixAt(StepRows rows, int row, int position) {
        return prefixes[blockOf(rows, row, position)][position % KvLayout.BLOCK_TOKENS];
    }

    /** Rows computed so far. */
    long rowsComputed() {
        return rowsComputed;
    }

    /** Copies of blocks so far. */
    int copies() {
        return copies;
    }

    @Override
    public void copyKvBlock(int from, int to) {
        System.arraycopy(cache[from], 0, cache[to], 0, cache[to].length);
        System.arraycopy(prefixes[from], 0, prefixes[to], 0, prefixes[to].length);
        filled[to] = filled[from];
        copies++;
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
    public FloatMatrix hiddenStates(int[] rows, int from, int to) {
        if (to - from > MAXIMUM_LOGIT_ROWS) {
            throw new AssertionError((to - from) + " rows of hidden states");
        }
        for (int i = from; i < to; i++) {
            for (int element = 0; element < EMBEDDING; element++) {
                hiddenStates.set(i - from, element, logit(states[rows[i]], element) - 2);
            }
        }
        return hiddenStates;
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
