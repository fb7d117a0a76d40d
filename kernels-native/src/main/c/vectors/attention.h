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

#include "exp.h"
#include "layout.h"

enum {
    STEP_BLOCKS = 4,
    STEP_TOKENS = STEP_BLOCKS * DENDRA_KV_BLOCK_TOKENS,
    /* Queries of a bundle: with two registers each they leave room for two operands and a broadcast. */
    BUNDLE = REGISTERS == 32 ? 12 : 6,
    MOST_BUNDLES = 96 / BUNDLE,
    MOST_QUERIES = MOST_BUNDLES * BUNDLE,
    BLOCK_REGISTERS = DENDRA_KV_BLOCK_TOKENS / LANES,
    STEP_REGISTERS = STEP_TOKENS / LANES,
    COLUMNS = 2 * LANES
};

/* The part of the scratch that a bundle works on; `d` is padded to COLUMNS. */
typedef struct bundle {
    float *queries; /* [head_dimension][BUNDLE], scaled */
    float *outputs; /* [BUNDLE][d], not yet divided by the sum of shares */
    float *scores;  /* [BUNDLE][STEP_TOKENS], then shares */
    float *sums;    /* [BUNDLE][LANES], sums of shares so far */
    float *largest; /* [LANES], largest score so far of each query */
    float *ratios;  /* [LANES], what the outputs so far shrink by in this step */
} bundle;

/* What a whole tile has in common. */
typedef struct tile {
    const dendra_attention_job *job;
    const int32_t *blocks; /* block table of the sequence */
    int32_t row;
    int32_t rows;
    int32_t head; /* first of `heads` query heads */
    int32_t heads;
    int32_t position;      /* of the first row; those of the others follow */
    int64_t padded;        /* head dimension padded to COLUMNS */
    int64_t bundle_floats; /* scratch of one bundle */
} tile;

static int64_t bundle_floats(int64_t head_dimension, int64_t padded) {
    int64_t floats = head_dimension * BUNDLE + BUNDLE * (padded + STEP_TOKENS + LANES) + 2 * LANES;
    return dendra_padded(floats, DENDRA_ALIGNMENT / sizeof(float));
}

static bundle bundle_at(const tile *t, int32_t index) {
    bundle b;
    b.outputs = (float *) t->job->scratch.data + index * t->bundle_floats;
    b.scores = b.outputs + BUNDLE * t->padded;
    b.sums = b.scores + BUNDLE * STEP_TOKENS;
    b.largest = b.sums + BUNDLE * LANES;
    b.ratios = b.largest + LANES;
    b.queries = b.ratios + LANES;
    return b;
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
            _mm_prefetch((const char *) next, _MM_HINT_T0);
            _mm_prefetch((const char *) (next + LANES), _MM_HINT_T0);
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
 * values[token][column] for COLUMNS columns, of which a `tail` has those that the masks say.
 */
ALWAYS_INLINE void add_columns(
    int count, bool tail, const v_mask *masks, const float *const *values, const float *const *ahead, int64_t column,
    int64_t head_dimension, int from, int to, const float *shares, const float *ratios, float *outputs,
    int64_t padded) {
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
            _mm_prefetch((const char *) next, _MM_HINT_T0);
            if (!tail) {
                _mm_prefetch((const char *) (next + LANES), _MM_HINT_T0);
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

ALWAYS_INLINE void add_values(
    int count, const float *const *values, const float *const *ahead, int64_t head_dimension, int from, int to,
    const float *shares, const float *ratios, float *outputs, int64_t padded) {
    int64_t column = 0;
    for (; column + COLUMNS <= head_dimension; column += COLUMNS) {
        add_columns(
            count, false, NULL, values, ahead, column, head_dimension, from, to, shares, ratios, outputs, padded);
    }
    if (column < head_dimension) {
        const v_mask masks[2] = {v_first(head_dimension - column), v_first(head_dimension - column - LANES)};
        add_columns(
            count, true, masks, values, ahead, column, head_dimension, from, to, shares, ratios, outputs, padded);
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

static void add_values_for(
    int count, const float *const *values, const float *const *ahead, int64_t head_dimension, int from, int to,
    const float *shares, const float *ratios, float *outputs, int64_t padded) {
    FOR_COUNT(count, add_values, values, ahead, head_dimension, from, to, shares, ratios, outputs, padded)
}

/* Queries first .. count of a bundle are rows and heads of the tile in turn; query 0 is query `start` of the tile. */
static int32_t row_of(const tile *t, int32_t start, int32_t query) { return (start + query) / t->heads; }

static const float *query_of(const tile *t, int32_t start, int32_t query) {
    int32_t index = start + query;
    const dendra_floats *q = &t->job->q;
    return q->data + (int64_t) (t->row + index / t->heads) * q->stride +
           (int64_t) (t->head + index % t->heads) * t->job->cache.head_dimension;
}

static void start_bundle(const tile *t, bundle b, int32_t start, int32_t count) {
    int64_t head_dimension = t->job->cache.head_dimension;
    for (int32_t q = 0; q < count; q++) {
        const float *query = query_of(t, start, q);
        for (int64_t i = 0; i < head_dimension; i++) {
            b.queries[i * BUNDLE + q] = query[i] * t->job->scale;
        }
    }
    for (int64_t i = 0; i < count * t->padded; i += LANES) {
        v_store(b.outputs + i, v_zero());
    }
    for (int32_t q = 0; q < count; q++) {
        v_store(b.sums + q * LANES, v_zero());
    }
    /* Finite, so that what shrinks from it shrinks to 0 and never to NaN. */
    v_store(b.largest, v_splat(-FLT_MAX));
    v_store(b.ratios, v_zero());
}

/* Divides by the sums of shares and hands the outputs over. */
static void finish_bundle(const tile *t, bundle b, int32_t start, int32_t count) {
    int64_t head_dimension = t->job->cache.head_dimension;
    for (int32_t q = 0; q < count; q++) {
        int32_t index = start + q;
        float *y = t->job->y.data + (int64_t) (t->row + index / t->heads) * t->job->y.stride +
                   (int64_t) (t->head + index % t->heads) * head_dimension;
        v_floats inverse = v_splat(1 / v_sum(v_load(b.sums + q * LANES)));
        for (int64_t i = 0; i < head_dimension; i += LANES) {
            v_floats output = v_mul(v_load(b.outputs + q * t->padded + i), inverse);
            v_store_masked(y + i, v_first(head_dimension - i), output);
        }
    }
}

/* Largest of the query's scores up to `tokens`, the others of the last register becoming -infinity. */
static inline float largest_score(float *scores, int tokens, float before) {
    v_floats largest = v_splat(before);
    int token = 0;
    for (; token + LANES <= tokens; token += LANES) {
        largest = v_larger(v_load(scores + token), largest);
    }
    if (token < tokens) {
        v_floats last = v_where(v_first(tokens - token), v_load(scores + token), v_splat(-INFINITY));
        v_store(scores + token, last);
        largest = v_larger(last, largest);
    }
    return v_largest(largest);
}

/* Turns scores into shares relative to the largest and returns their sums lane by lane. */
static inline v_floats share_out(float *scores, int tokens, float largest) {
    v_floats sum = v_zero();
    for (int token = 0; token < tokens; token += LANES) {
        v_floats share = v_exp(v_sub(v_load(scores + token), v_splat(largest)));
        v_store(scores + token, share);
        sum = v_add(sum, share);
    }
    return sum;
}

/* Tokens of the step at `from` that a query of the tile sees; 0 or less for none. */
static int32_t visible(const tile *t, int32_t from, int32_t row) {
    int32_t tokens = t->position + row + 1 - from;
    return tokens < STEP_TOKENS ? tokens : STEP_TOKENS;
}

/* The keys and values of the blocks of a step, and of the blocks of the one after it. */
typedef struct step {
    int32_t from;
    const float *keys[STEP_BLOCKS];
    const float *values[STEP_BLOCKS];
    const float *next_keys[STEP_BLOCKS];
    const float *next_values[STEP_BLOCKS];
} step;

static void attend_bundle(const tile *t, const step *s, bundle b, int32_t start, int32_t first, int32_t count) {
    int64_t head_dimension = t->job->cache.head_dimension;
    int32_t most = visible(t, s->from, row_of(t, start, count - 1));
    for (int block = 0; block * DENDRA_KV_BLOCK_TOKENS < most; block++) {
        score_block_for(
            count - first, b.queries + first, s->keys[block], s->next_keys[block], head_dimension,
            b.scores + first * STEP_TOKENS + block * DENDRA_KV_BLOCK_TOKENS);
    }
    v_floats before = v_load(b.largest);
    for (int32_t q = first; q < count; q++) {
        int32_t tokens = visible(t, s->from, row_of(t, start, q));
        b.largest[q] = largest_score(b.scores + q * STEP_TOKENS, tokens, b.largest[q]);
    }
    v_store(b.ratios, v_exp(v_sub(before, v_load(b.largest))));
    for (int32_t q = first; q < count; q++) {
        int32_t tokens = visible(t, s->from, row_of(t, start, q));
        v_floats sums = share_out(b.scores + q * STEP_TOKENS, tokens, b.largest[q]);
        v_store(b.sums + q * LANES, v_fma(v_load(b.sums + q * LANES), v_splat(b.ratios[q]), sums));
    }
    /* What the first row of the bundle sees all see; the rest goes row by row. */
    int32_t shared = visible(t, s->from, row_of(t, start, first));
    add_values_for(
        count - first, s->values, s->next_values, head_dimension, 0, shared, b.scores + first * STEP_TOKENS,
        b.ratios + first, b.outputs + first * t->padded, t->padded);
    if (shared == most) {
        return;
    }
    v_store(b.ratios, v_splat(1));
    for (int32_t q = first; q < count;) {
        int32_t row = row_of(t, start, q);
        int32_t end = q + 1;
        while (end < count && row_of(t, start, end) == row) {
            end++;
        }
        add_values_for(
            end - q, s->values, s->next_values, head_dimension, shared, visible(t, s->from, row),
            b.scores + q * STEP_TOKENS, b.ratios, b.outputs + q * t->padded, t->padded);
        q = end;
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

static void attend_tile(const tile *t) {
    int32_t queries = t->rows * t->heads;
    for (int32_t start = 0; start < queries; start += BUNDLE) {
        start_bundle(t, bundle_at(t, start / BUNDLE), start, queries - start < BUNDLE ? queries - start : BUNDLE);
    }
    int32_t last = t->position + t->rows - 1;
    step s;
    find_blocks(t, 0, last / DENDRA_KV_BLOCK_TOKENS, s.next_keys, s.next_values);
    for (int32_t from = 0; from <= last; from += STEP_TOKENS) {
        s.from = from;
        for (int i = 0; i < STEP_BLOCKS; i++) {
            s.keys[i] = s.next_keys[i];
            s.values[i] = s.next_values[i];
        }
        find_blocks(t, from + STEP_TOKENS, last / DENDRA_KV_BLOCK_TOKENS, s.next_keys, s.next_values);
        for (int32_t start = 0; start < queries; start += BUNDLE) {
            int32_t count = queries - start < BUNDLE ? queries - start : BUNDLE;
            int32_t first = 0;
            while (first < count && visible(t, from, row_of(t, start, first)) <= 0) {
                first++;
            }
            if (first < count) {
                attend_bundle(t, &s, bundle_at(t, start / BUNDLE), start, first, count);
            }
        }
    }
    for (int32_t start = 0; start < queries; start += BUNDLE) {
        finish_bundle(t, bundle_at(t, start / BUNDLE), start, queries - start < BUNDLE ? queries - start : BUNDLE);
    }
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
    int32_t group = job->heads / job->cache.kv_heads;
    tile t = {.job = job, .padded = dendra_padded(head_dimension, COLUMNS)};
    t.bundle_floats = bundle_floats(head_dimension, t.padded);
    int64_t bundles = job->scratch.bytes / (int64_t) sizeof(float) / t.bundle_floats;
    int32_t queries = (int32_t) (bundles < MOST_BUNDLES ? bundles : MOST_BUNDLES) * BUNDLE;
    int32_t most_rows = group < queries ? queries / group : 1;
    for (int32_t row = job->row_from; row < job->row_to; row += t.rows) {
        t.row = row;
        t.rows = consecutive_rows(&job->step, row, row + most_rows < job->row_to ? row + most_rows : job->row_to);
        t.position = job->step.positions[row];
        t.blocks = job->step.blocks + job->step.table_starts[row];
        for (int32_t head = 0; head < group; head += queries) {
            t.head = job->kv_head * group + head;
            t.heads = group - head < queries ? group - head : queries;
            attend_tile(&t);
        }
    }
}
