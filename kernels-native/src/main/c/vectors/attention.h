/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causal grouped-query attention over the paged cache with a running soft-max (Milakov and Gimelshein 2018; Dao et al.
 * 2022, algorithm 1), in steps of STEP_TOKENS positions.
 *
 * A query is one head of one row. Queries of consecutive rows that share a KV head form a tile, so that a step's keys and
 * values come from memory once for all of them; inside the tile they go in bundles, as many as have their sums in
 * registers. The operations on a query and their order depend on its own position alone, never on its tile: steps start
 * at multiples of STEP_TOKENS, each score and each output is one chain of fused multiply-adds in ascending order, and a
 * score after the query's own position is computed with its neighbours at most, and then dropped.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "exp.h"
#include "../layout.h"
#include "transpose.h"

enum {
    STEP_BLOCKS = 4,
    STEP_TOKENS = STEP_BLOCKS * DENDRA_KV_BLOCK_TOKENS,
    /* Queries of a bundle: with two registers each they leave room for two operands and a broadcast. */
    BUNDLE = REGISTERS == 32 ? 12 : 6,
    MOST_BUNDLES = 96 / BUNDLE,
    MOST_QUERIES = MOST_BUNDLES * BUNDLE,
    BLOCK_REGISTERS = DENDRA_KV_BLOCK_TOKENS / LANES,
    COLUMNS = 2 * LANES,
    /* Registers whose exponentials are taken side by side. */
    EXPONENTIALS = REGISTERS / 4
};

/* Some queries of a tile, neighbours, with the part of the scratch that they work on; `d` is padded to COLUMNS. */
typedef struct bundle {
    float *queries; /* [head_dimension][BUNDLE], scaled */
    float *outputs; /* [BUNDLE][d], not yet divided by the sum of shares */
    float *scores;  /* [BUNDLE][STEP_TOKENS], then shares */
    float *sums;    /* [BUNDLE][LANES], sums of shares so far */
    float *largest; /* [LANES], largest score so far of each query */
    float *ratios;  /* [LANES], what the outputs so far shrink by in this step */
    int32_t count;
    int32_t positions[BUNDLE]; /* ascending */
    const float *q[BUNDLE];
    float *y[BUNDLE];
} bundle;

/* Queries that go over the keys and values of one sequence together. */
typedef struct tile {
    const dendra_attention_job *job;
    const int32_t *blocks; /* block table of the sequence */
    int64_t head_dimension;
    int64_t padded; /* head dimension padded to COLUMNS */
    int32_t count;
    bundle bundles[MOST_BUNDLES];
} tile;

/* Where the keys and values of a step lie, and those of the step after it. */
typedef struct step {
    int32_t from;
    const float *keys[STEP_BLOCKS];
    const float *values[STEP_BLOCKS];
    const float *next_keys[STEP_BLOCKS];
    const float *next_values[STEP_BLOCKS];
} step;

static int64_t bundle_floats(int64_t head_dimension, int64_t padded) {
    int64_t floats = head_dimension * BUNDLE + BUNDLE * (padded + STEP_TOKENS + LANES) + 2 * LANES;
    return dendra_padded(floats, DENDRA_ALIGNMENT / sizeof(float));
}

static void divide_scratch(tile *t) {
    int64_t floats = bundle_floats(t->head_dimension, t->padded);
    for (int i = 0; i < MOST_BUNDLES; i++) {
        bundle *b = &t->bundles[i];
        b->outputs = (float *) t->job->scratch.data + i * floats;
        b->scores = b->outputs + BUNDLE * t->padded;
        b->sums = b->scores + BUNDLE * STEP_TOKENS;
        b->largest = b->sums + BUNDLE * LANES;
        b->ratios = b->largest + LANES;
        b->queries = b->ratios + LANES;
    }
}

/*
 * scores[q][token] = sum over i of queries[i][q] * keys[i][token] for all tokens of one block. `ahead` are the keys to
 * fetch meanwhile.
 */
ALWAYS_INLINE void score_block(
    int count, const float *queries, const float *keys, const float *ahead, int64_t head_dimension, float *scores) {
    for (int part = 0; part < BLOCK_REGISTERS; part += 2) {
        v_floats sums[BUNDLE][2];
        UNROLLED
        for (int q = 0; q < count; q++) {
            sums[q][0] = v_zero();
            sums[q][1] = v_zero();
        }
        const float *key = keys + part * LANES;
        const float *next = ahead + part * LANES;
        const float *query = queries;
        for (int64_t i = 0; i < head_dimension; i++) {
            v_floats low = v_load(key);
            v_floats high = v_load(key + LANES);
            _mm_prefetch((const char *) next, _MM_HINT_T1);
            _mm_prefetch((const char *) (next + LANES), _MM_HINT_T1);
            UNROLLED
            for (int q = 0; q < count; q++) {
                v_floats element = v_splat(query[q]);
                sums[q][0] = v_fma(element, low, sums[q][0]);
                sums[q][1] = v_fma(element, high, sums[q][1]);
            }
            key += DENDRA_KV_BLOCK_TOKENS;
            next += DENDRA_KV_BLOCK_TOKENS;
            query += BUNDLE;
        }
        UNROLLED
        for (int q = 0; q < count; q++) {
            v_store(scores + q * STEP_TOKENS + part * LANES, sums[q][0]);
            v_store(scores + q * STEP_TOKENS + (part + 1) * LANES, sums[q][1]);
        }
    }
}

/*
 * outputs[q][column] = outputs[q][column] * ratios[q] + sum over the tokens from .. to of shares[q][token] *
 * values[token][column] for COLUMNS columns; a `tail` has fewer.
 */
ALWAYS_INLINE void add_columns(
    int count, bool tail, const float *const *values, const float *const *ahead, int64_t column,
    int64_t head_dimension, int from, int to, const float *shares, const float *ratios, float *outputs,
    int64_t padded) {
    const v_mask masks[2] = {v_first(head_dimension - column), v_first(head_dimension - column - LANES)};
    v_floats sums[BUNDLE][2];
    UNROLLED
    for (int q = 0; q < count; q++) {
        v_floats ratio = v_splat(ratios[q]);
        sums[q][0] = v_mul(v_load(outputs + q * padded + column), ratio);
        sums[q][1] = v_mul(v_load(outputs + q * padded + column + LANES), ratio);
    }
    for (int block_from = from; block_from < to;) {
        int block = block_from / DENDRA_KV_BLOCK_TOKENS;
        int block_to = (block + 1) * DENDRA_KV_BLOCK_TOKENS < to ? (block + 1) * DENDRA_KV_BLOCK_TOKENS : to;
        int64_t offset = (block_from - block * DENDRA_KV_BLOCK_TOKENS) * head_dimension + column;
        const float *value = values[block] + offset;
        const float *next = ahead[block] + offset;
        const float *share = shares + block_from;
        for (int token = block_from; token < block_to; token++) {
            v_floats low = tail ? v_load_masked(masks[0], value) : v_load(value);
            v_floats high = tail ? v_load_masked(masks[1], value + LANES) : v_load(value + LANES);
            _mm_prefetch((const char *) next, _MM_HINT_T1);
            if (!tail) {
                _mm_prefetch((const char *) (next + LANES), _MM_HINT_T1);
            }
            UNROLLED
            for (int q = 0; q < count; q++) {
                v_floats element = v_splat(share[q * STEP_TOKENS]);
                sums[q][0] = v_fma(element, low, sums[q][0]);
                sums[q][1] = v_fma(element, high, sums[q][1]);
            }
            value += head_dimension;
            next += head_dimension;
            share++;
        }
        block_from = block_to;
    }
    UNROLLED
    for (int q = 0; q < count; q++) {
        v_store(outputs + q * padded + column, sums[q][0]);
        v_store(outputs + q * padded + column + LANES, sums[q][1]);
    }
}

/* Calls `function` with the number of queries as a constant. */
#if REGISTERS == 32
#define FOR_COUNT(count, function, ...)                                                                                \
    switch (count) {                                                                                                   \
        COUNT_CASE(1, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(2, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(3, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(4, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(5, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(6, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(7, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(8, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(9, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(10, function, __VA_ARGS__)                                                                          \
        COUNT_CASE(11, function, __VA_ARGS__)                                                                          \
        COUNT_CASE(12, function, __VA_ARGS__)                                                                          \
    }
#else
#define FOR_COUNT(count, function, ...)                                                                                \
    switch (count) {                                                                                                   \
        COUNT_CASE(1, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(2, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(3, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(4, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(5, function, __VA_ARGS__)                                                                           \
        COUNT_CASE(6, function, __VA_ARGS__)                                                                           \
    }
#endif
#define COUNT_CASE(number, function, ...)                                                                              \
    case number:                                                                                                       \
        function(number, __VA_ARGS__);                                                                                 \
        break;

static void score_block_for(
    int count, const float *queries, const float *keys, const float *ahead, int64_t head_dimension, float *scores) {
    FOR_COUNT(count, score_block, queries, keys, ahead, head_dimension, scores)
}

static void add_whole_columns_for(
    int count, const float *const *values, const float *const *ahead, int64_t column, int64_t head_dimension, int from,
    int to, const float *shares, const float *ratios, float *outputs, int64_t padded) {
    FOR_COUNT(
        count, add_columns, false, values, ahead, column, head_dimension, from, to, shares, ratios, outputs, padded)
}

static void add_last_columns_for(
    int count, const float *const *values, const float *const *ahead, int64_t column, int64_t head_dimension, int from,
    int to, const float *shares, const float *ratios, float *outputs, int64_t padded) {
    FOR_COUNT(
        count, add_columns, true, values, ahead, column, head_dimension, from, to, shares, ratios, outputs, padded)
}

static void start_bundle(const tile *t, bundle *b) {
    int32_t q = 0;
    for (; q + 4 <= b->count; q += 4) {
        transpose_four(b->q + q, t->head_dimension, b->queries + q, BUNDLE);
    }
    for (; q < b->count; q++) {
        transpose_one(b->q[q], t->head_dimension, b->queries + q, BUNDLE);
    }
    v_floats scale = v_splat(t->job->scale);
    for (int64_t i = 0; i < t->head_dimension * BUNDLE; i += LANES) {
        v_mask present = v_first(t->head_dimension * BUNDLE - i);
        v_store_masked(b->queries + i, present, v_mul(v_load_masked(present, b->queries + i), scale));
    }
    for (int64_t i = 0; i < b->count * t->padded; i += LANES) {
        v_store(b->outputs + i, v_zero());
    }
    for (int64_t i = 0; i < b->count * LANES; i += LANES) {
        v_store(b->sums + i, v_zero());
    }
    /* Finite, so that what shrinks from it shrinks to 0 and never to NaN. */
    v_store(b->largest, v_splat(-FLT_MAX));
}

/* Divides by the sums of shares and hands the outputs over. */
static void finish_bundle(const tile *t, const bundle *b) {
    for (int32_t q = 0; q < b->count; q++) {
        v_floats inverse = v_splat(1 / v_sum(v_load(b->sums + q * LANES)));
        for (int64_t i = 0; i < t->head_dimension; i += LANES) {
            v_floats output = v_mul(v_load(b->outputs + q * t->padded + i), inverse);
            v_store_masked(b->y[q] + i, v_first(t->head_dimension - i), output);
        }
    }
}

/* Tokens of a step that a query sees; 0 or less for none. */
static int32_t visible(const step *s, const bundle *b, int32_t query) {
    int32_t tokens = b->positions[query] + 1 - s->from;
    return tokens < STEP_TOKENS ? tokens : STEP_TOKENS;
}

/* First query of the bundle that sees anything of the step; all after it do. */
static int32_t first_query(const step *s, const bundle *b) {
    int32_t first = 0;
    while (first < b->count && b->positions[first] < s->from) {
        first++;
    }
    return first;
}

/* Makes the scores from `tokens` up to the next multiple of EXPONENTIALS registers -infinity. */
static inline void drop_scores(float *scores, int tokens) {
    int whole = tokens & -LANES;
    if (whole < tokens) {
        v_store(scores + whole, v_where(v_first(tokens - whole), v_load(scores + whole), v_splat(-INFINITY)));
        whole += LANES;
    }
    for (; whole % (EXPONENTIALS * LANES) != 0; whole += LANES) {
        v_store(scores + whole, v_splat(-INFINITY));
    }
}

static inline float largest_score(const float *scores, int tokens, float before) {
    v_floats largest[2] = {v_splat(before), v_splat(before)};
    for (int token = 0; token < tokens; token += 2 * LANES) {
        largest[0] = v_larger(v_load(scores + token), largest[0]);
        largest[1] = v_larger(v_load(scores + token + LANES), largest[1]);
    }
    return v_largest(v_larger(largest[0], largest[1]));
}

/* Turns scores into shares relative to the largest and returns their sums lane by lane. */
static inline v_floats share_out(float *scores, int tokens, float largest) {
    v_floats sum = v_zero();
    for (int token = 0; token < tokens; token += EXPONENTIALS * LANES) {
        v_floats shares[EXPONENTIALS];
        UNROLLED
        for (int i = 0; i < EXPONENTIALS; i++) {
            shares[i] = v_sub(v_load(scores + token + i * LANES), v_splat(largest));
        }
        v_exp_each(EXPONENTIALS, shares);
        UNROLLED
        for (int i = 0; i < EXPONENTIALS; i++) {
            v_store(scores + token + i * LANES, shares[i]);
            sum = v_add(sum, shares[i]);
        }
    }
    return sum;
}

static void soften_scores(const step *s, bundle *b, int32_t first) {
    v_floats before = v_load(b->largest);
    for (int32_t q = first; q < b->count; q++) {
        drop_scores(b->scores + q * STEP_TOKENS, visible(s, b, q));
        b->largest[q] = largest_score(b->scores + q * STEP_TOKENS, visible(s, b, q), b->largest[q]);
    }
    v_store(b->ratios, v_exp(v_sub(before, v_load(b->largest))));
    for (int32_t q = first; q < b->count; q++) {
        v_floats sums = share_out(b->scores + q * STEP_TOKENS, visible(s, b, q), b->largest[q]);
        v_store(b->sums + q * LANES, v_fma(v_load(b->sums + q * LANES), v_splat(b->ratios[q]), sums));
    }
}

/* The values that all queries of the bundle see go to them together, the rest row by row. */
static void add_values(
    const tile *t, const step *s, bundle *b, int32_t first, const float *const *ahead, int64_t column) {
    __typeof__(&add_whole_columns_for) add =
        column + COLUMNS <= t->head_dimension ? add_whole_columns_for : add_last_columns_for;
    int32_t shared = visible(s, b, first);
    add(b->count - first, s->values, ahead, column, t->head_dimension, 0, shared, b->scores + first * STEP_TOKENS,
        b->ratios + first, b->outputs + first * t->padded, t->padded);
    float ones[BUNDLE];
    for (int i = 0; i < BUNDLE; i++) {
        ones[i] = 1;
    }
    for (int32_t q = first; q < b->count;) {
        int32_t end = q + 1;
        while (end < b->count && b->positions[end] == b->positions[q]) {
            end++;
        }
        int32_t tokens = visible(s, b, q);
        if (tokens > shared) {
            add(end - q, s->values, s->values, column, t->head_dimension, shared, tokens,
                b->scores + q * STEP_TOKENS, ones, b->outputs + q * t->padded, t->padded);
        }
        q = end;
    }
}

/* A block of keys and a strip of values stay in the first-level cache while all bundles use them. */
static void attend_step(tile *t, const step *s) {
    int32_t first_bundle = 0;
    while (first_query(s, &t->bundles[first_bundle]) == t->bundles[first_bundle].count) {
        first_bundle++;
    }
    int32_t first = first_query(s, &t->bundles[first_bundle]);
    for (int32_t block = 0; block < STEP_BLOCKS; block++) {
        const float *ahead = s->next_keys[block];
        for (int32_t i = first_bundle; i < t->count; i++) {
            bundle *b = &t->bundles[i];
            int32_t from = i == first_bundle ? first : 0;
            if (block * DENDRA_KV_BLOCK_TOKENS < visible(s, b, b->count - 1)) {
                score_block_for(
                    b->count - from, b->queries + from, s->keys[block], ahead, t->head_dimension,
                    b->scores + from * STEP_TOKENS + block * DENDRA_KV_BLOCK_TOKENS);
                ahead = s->keys[block];
            }
        }
    }
    for (int32_t i = first_bundle; i < t->count; i++) {
        soften_scores(s, &t->bundles[i], i == first_bundle ? first : 0);
    }
    for (int64_t column = 0; column < t->head_dimension; column += COLUMNS) {
        const float *const *ahead = s->next_values;
        for (int32_t i = first_bundle; i < t->count; i++) {
            add_values(t, s, &t->bundles[i], i == first_bundle ? first : 0, ahead, column);
            ahead = s->values;
        }
    }
}

/* Where the keys and values of the step at `from` lie; blocks after the last one are taken to be the last one. */
static void find_blocks(
    const tile *t, int32_t from, int32_t last_block, const float *keys[STEP_BLOCKS],
    const float *values[STEP_BLOCKS]) {
    for (int32_t i = 0; i < STEP_BLOCKS; i++) {
        int32_t entry = from / DENDRA_KV_BLOCK_TOKENS + i;
        int32_t block = t->blocks[entry < last_block ? entry : last_block];
        keys[i] = dendra_kv_keys(&t->job->cache, t->job->layer, block, t->job->kv_head);
        values[i] = dendra_kv_values(&t->job->cache, t->job->layer, block, t->job->kv_head);
    }
}

static void attend_tile(tile *t) {
    for (int32_t i = 0; i < t->count; i++) {
        start_bundle(t, &t->bundles[i]);
    }
    const bundle *last_bundle = &t->bundles[t->count - 1];
    int32_t last = last_bundle->positions[last_bundle->count - 1];
    step s;
    find_blocks(t, 0, last / DENDRA_KV_BLOCK_TOKENS, s.next_keys, s.next_values);
    for (s.from = 0; s.from <= last; s.from += STEP_TOKENS) {
        memcpy(s.keys, s.next_keys, sizeof s.keys);
        memcpy(s.values, s.next_values, sizeof s.values);
        find_blocks(t, s.from + STEP_TOKENS, last / DENDRA_KV_BLOCK_TOKENS, s.next_keys, s.next_values);
        attend_step(t, &s);
    }
    for (int32_t i = 0; i < t->count; i++) {
        finish_bundle(t, &t->bundles[i]);
    }
}

/* Makes the heads head_from .. head_to of rows row_from .. row_to the queries of the tile, row by row. */
static void choose_queries(tile *t, int32_t row_from, int32_t row_to, int32_t head_from, int32_t head_to) {
    int32_t query = 0;
    for (int32_t row = row_from; row < row_to; row++) {
        for (int32_t head = head_from; head < head_to; head++) {
            bundle *b = &t->bundles[query / BUNDLE];
            int32_t i = query % BUNDLE;
            b->positions[i] = t->job->step.positions[row];
            b->q[i] = t->job->q.data + (int64_t) row * t->job->q.stride + head * t->head_dimension;
            b->y[i] = t->job->y.data + (int64_t) row * t->job->y.stride + head * t->head_dimension;
            b->count = i + 1;
            query++;
        }
    }
    t->count = (query + BUNDLE - 1) / BUNDLE;
    t->blocks = t->job->step.blocks + t->job->step.table_starts[row_from];
}

/* How many rows from `row` on are consecutive positions of one sequence. */
static int32_t consecutive_rows(const dendra_step_rows *step, int32_t row, int32_t row_to) {
    int32_t next = row + 1;
    while (next < row_to && step->table_starts[next] == step->table_starts[row] &&
           step->positions[next] == step->positions[row] + next - row) {
        next++;
    }
    return next - row;
}

void KERNEL(attention)(const dendra_attention_job *job) {
    int64_t head_dimension = job->cache.head_dimension;
    tile t = {.job = job, .head_dimension = head_dimension, .padded = dendra_padded(head_dimension, COLUMNS)};
    divide_scratch(&t);
    int64_t room = job->scratch.bytes / (int64_t) sizeof(float) / bundle_floats(head_dimension, t.padded);
    int32_t queries = (int32_t) (room < MOST_BUNDLES ? room : MOST_BUNDLES) * BUNDLE;
    int32_t group = job->heads / job->cache.kv_heads;
    int32_t most_rows = group < queries ? queries / group : 1;
    for (int32_t row = job->row_from; row < job->row_to;) {
        int32_t limit = job->row_to - row < most_rows ? job->row_to : row + most_rows;
        int32_t row_to = row + consecutive_rows(&job->step, row, limit);
        for (int32_t head = 0; head < group; head += queries) {
            int32_t head_from = job->kv_head * group + head;
            choose_queries(&t, row, row_to, head_from, head_from + (group - head < queries ? group - head : queries));
            attend_tile(&t);
        }
        row = row_to;
    }
}
