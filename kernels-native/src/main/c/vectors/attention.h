/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causal grouped-query attention over the paged cache with a running soft-max (Milakov and Gimelshein 2018; Dao et al.
 * 2022, algorithm 1), in steps of STEP_TOKENS positions, and span by span: what a span gives is kept without its division,
 * and merged with the spans before it (Dao et al. 2023, "Flash-Decoding").
 *
 * A query is one head of one row. Queries of consecutive rows that share a KV head form a tile, so that a step's keys and
 * values come from memory once for all of them; inside the tile they go in bundles, as many as have their sums in
 * registers. The operations on a query and their order depend on its own position alone, never on its tile: steps and
 * spans start at multiples of their length, each score and each output of a span is one chain of fused multiply-adds in
 * ascending order, and a score after the query's own position is computed with its neighbours at most, and then dropped.
 *
 * Keys and values are fetched ahead by software, since blocks lie anywhere and each is too short for the processor to
 * make much of a stream: while one piece, the keys or the values of a block, is worked on, the one that is read next is
 * fetched.
 */
#include <float.h>
#include <math.h>

#include "attention_products.h"
#include "exp.h"
#include "transpose.h"

enum {
    MOST_BUNDLES = 96 / BUNDLE,
    /* Registers whose exponentials are taken side by side. */
    EXPONENTIALS = REGISTERS / 4
};

_Static_assert(DENDRA_SPAN_TOKENS % STEP_TOKENS == 0, "a span is whole steps");

/* The largest score of each query of a bundle and the sum of its shares, over one span or all so far. */
typedef struct normalizers {
    float largest[LANES];
    float sums[LANES];
} normalizers;

/* Some queries of a tile, neighbours, with the part of the scratch that they work on; `d` is padded to WIDE_COLUMNS. */
typedef struct bundle {
    float *queries; /* [head_dimension][BUNDLE], scaled */
    float *outputs; /* [BUNDLE][d], of a span, not yet divided by the sum of shares */
    float *scores;  /* [BUNDLE][STEP_TOKENS], then shares */
    float *sums;    /* [BUNDLE][LANES], sums of shares so far in a span */
    float *largest; /* [LANES], largest score so far of each query in a span */
    float *ratios;  /* [LANES], what the outputs so far shrink by in this step */
    int32_t count;
    int32_t positions[BUNDLE]; /* ascending */
    const float *q[BUNDLE];
    float *y[BUNDLE];   /* outputs of all spans so far */
    normalizers merged; /* those of y */
} bundle;

/* Queries that go over the keys and values of one sequence together. */
typedef struct tile {
    const dendra_kv *cache;
    const products *products; /* of the cache's type */
    int32_t layer;
    int32_t kv_head;
    float scale;
    int64_t head_dimension;
    int64_t padded;  /* head dimension padded to WIDE_COLUMNS */
    int64_t columns; /* of a strip of values */
    const int32_t *blocks;      /* block table of the sequence */
    const int32_t *next_blocks; /* of the tile after this one; NULL if there is none */
    int32_t last;               /* position that the tile goes up to */
    int32_t count;
    bundle bundles[MOST_BUNDLES];
} tile;

/* Where keys and values lie, in the order in which they are read: the keys of a step's blocks, their values, what follows. */
typedef struct step {
    int32_t from;
    int32_t blocks;
    const char *pieces[2 * STEP_BLOCKS + 1];
} step;

static const float ONES[BUNDLE] = {1, 1, 1, 1, 1, 1,
#if REGISTERS == 32
                                   1, 1, 1, 1, 1, 1
#endif
};

static int64_t bundle_floats(int64_t head_dimension, int64_t padded) {
    int64_t floats = head_dimension * BUNDLE + BUNDLE * (padded + STEP_TOKENS + LANES) + 2 * LANES;
    return dendra_padded(floats, DENDRA_ALIGNMENT / sizeof(float));
}

/* Gives bundles their scratch and returns how many there is room for. */
static int32_t divide_scratch(tile *t, const dendra_scratch *scratch) {
    int64_t floats = bundle_floats(t->head_dimension, t->padded);
    int64_t room = scratch->bytes / (int64_t) sizeof(float) / floats;
    int32_t bundles = (int32_t) (room < MOST_BUNDLES ? room : MOST_BUNDLES);
    for (int32_t i = 0; i < bundles; i++) {
        bundle *b = &t->bundles[i];
        b->outputs = (float *) scratch->data + i * floats;
        b->scores = b->outputs + BUNDLE * t->padded;
        b->sums = b->scores + BUNDLE * STEP_TOKENS;
        b->largest = b->sums + BUNDLE * LANES;
        b->ratios = b->largest + LANES;
        b->queries = b->ratios + LANES;
    }
    return bundles;
}

static add_values_to_strip *strip_function(const tile *t, int64_t column) {
    bool whole = column + t->columns <= t->head_dimension;
    if (t->columns == WIDE_COLUMNS) {
        return whole ? t->products->add_whole_wide_columns : t->products->add_last_wide_columns;
    }
    return whole ? t->products->add_whole_columns : t->products->add_last_columns;
}

/* Puts the queries of a bundle into lanes. */
static void take_queries(const tile *t, bundle *b) {
    int32_t q = 0;
    for (; q + 4 <= b->count; q += 4) {
        transpose_four(b->q + q, t->head_dimension, b->queries + q, BUNDLE);
    }
    for (; q < b->count; q++) {
        transpose_one(b->q[q], t->head_dimension, b->queries + q, BUNDLE);
    }
    v_floats scale = v_splat(t->scale);
    for (int64_t i = 0; i < t->head_dimension * BUNDLE; i += LANES) {
        v_mask present = v_first(t->head_dimension * BUNDLE - i);
        v_store_masked(b->queries + i, present, v_mul(v_load_masked(present, b->queries + i), scale));
    }
}

static void start_span(const tile *t, bundle *b) {
    for (int64_t i = 0; i < b->count * t->padded; i += LANES) {
        v_store(b->outputs + i, v_zero());
    }
    for (int64_t i = 0; i < b->count * LANES; i += LANES) {
        v_store(b->sums + i, v_zero());
    }
    /* Finite, so that what shrinks from it shrinks to 0 and never to NaN. */
    v_store(b->largest, v_splat(-FLT_MAX));
}

static normalizers normalizers_of(const bundle *b) {
    normalizers n = {.sums = {0}};
    v_store(n.largest, v_load(b->largest));
    for (int32_t q = 0; q < b->count; q++) {
        n.sums[q] = v_sum(v_load(b->sums + q * LANES));
    }
    return n;
}

/* y[q] = from[q] * factors[q] for the elements of a head. */
static void scale_outputs(
    int32_t count, int64_t head_dimension, const float *const *from, const float *factors, float *const *y) {
    int64_t whole = head_dimension & -LANES;
    v_mask rest = v_first(head_dimension - whole);
    for (int32_t q = 0; q < count; q++) {
        v_floats factor = v_splat(factors[q]);
        for (int64_t i = 0; i < whole; i += LANES) {
            v_store(y[q] + i, v_mul(v_load(from[q] + i), factor));
        }
        if (whole < head_dimension) {
            v_store_masked(y[q] + whole, rest, v_mul(v_load_masked(rest, from[q] + whole), factor));
        }
    }
}

/* Divides by the sums of shares. */
static void divide_outputs(
    int32_t count, int64_t head_dimension, const float *const *from, const normalizers *n, float *const *y) {
    float inverses[LANES];
    v_store(inverses, v_div(v_splat(1), v_load(n->sums)));
    scale_outputs(count, head_dimension, from, inverses, y);
}

/*
 * Merges the outputs of the next span, from query `first` on, into `y`. For queries that do not see the span, whose
 * largest score is the least there is and whose sum is 0, nothing changes.
 */
static void merge_outputs(
    int32_t first, int32_t count, int64_t head_dimension, const float *const *from, const normalizers *next,
    float *const *y, normalizers *merged) {
    v_floats before = v_load(merged->largest);
    v_floats largest = v_larger(v_load(next->largest), before);
    float kept[LANES];
    float added[LANES];
    v_store(kept, v_exp(v_sub(before, largest)));
    v_store(added, v_exp(v_sub(v_load(next->largest), largest)));
    v_store(merged->largest, largest);
    v_store(merged->sums, v_fma(v_load(merged->sums), v_load(kept), v_mul(v_load(next->sums), v_load(added))));
    int64_t whole = head_dimension & -LANES;
    v_mask rest = v_first(head_dimension - whole);
    for (int32_t q = first; q < count; q++) {
        v_floats keep = v_splat(kept[q]);
        v_floats add = v_splat(added[q]);
        for (int64_t i = 0; i < whole; i += LANES) {
            v_store(y[q] + i, v_fma(v_load(y[q] + i), keep, v_mul(v_load(from[q] + i), add)));
        }
        if (whole < head_dimension) {
            v_floats more = v_mul(v_load_masked(rest, from[q] + whole), add);
            v_store_masked(y[q] + whole, rest, v_fma(v_load_masked(rest, y[q] + whole), keep, more));
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

/* Multiplies shares by the scales of the values that they belong to, for the tokens that a query sees. */
static void scale_shares(const step *s, bundle *b, int32_t first) {
    for (int32_t q = first; q < b->count; q++) {
        float *shares = b->scores + q * STEP_TOKENS;
        for (int32_t token = 0; token < visible(s, b, q); token += DENDRA_KV_BLOCK_TOKENS) {
            const float *scales = (const float *) s->pieces[s->blocks + token / DENDRA_KV_BLOCK_TOKENS];
            for (int i = 0; i < DENDRA_KV_BLOCK_TOKENS; i += LANES) {
                v_store(shares + token + i, v_mul(v_load(shares + token + i), v_load(scales + i)));
            }
        }
    }
}

/* The values that all queries of the bundle see go to them together, the rest row by row. */
static void add_values(
    const tile *t, const step *s, bundle *b, int32_t first, const char *const *ahead, int64_t column) {
    add_values_to_strip *add = strip_function(t, column);
    const char *const *values = s->pieces + s->blocks;
    int32_t shared = visible(s, b, first);
    add(b->count - first, values, ahead, column, t->head_dimension, 0, shared, b->scores + first * STEP_TOKENS,
        b->ratios + first, b->outputs + first * t->padded, t->padded);
    for (int32_t q = first; q < b->count;) {
        int32_t end = q + 1;
        while (end < b->count && b->positions[end] == b->positions[q]) {
            end++;
        }
        int32_t tokens = visible(s, b, q);
        if (tokens > shared) {
            add(end - q, values, values, column, t->head_dimension, shared, tokens,
                b->scores + q * STEP_TOKENS, ONES, b->outputs + q * t->padded, t->padded);
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
    for (int32_t block = 0; block < s->blocks; block++) {
        const char *keys = s->pieces[block];
        const char *ahead = s->pieces[block + 1];
        for (int32_t i = first_bundle; i < t->count; i++) {
            bundle *b = &t->bundles[i];
            int32_t from = i == first_bundle ? first : 0;
            if (block * DENDRA_KV_BLOCK_TOKENS < visible(s, b, b->count - 1)) {
                t->products->score_block(
                    b->count - from, b->queries + from, keys, ahead, t->head_dimension,
                    b->scores + from * STEP_TOKENS + block * DENDRA_KV_BLOCK_TOKENS);
                ahead = keys;
            }
        }
    }
    for (int32_t i = first_bundle; i < t->count; i++) {
        soften_scores(s, &t->bundles[i], i == first_bundle ? first : 0);
        if (t->cache->type == DENDRA_KV_INT8) {
            scale_shares(s, &t->bundles[i], i == first_bundle ? first : 0);
        }
    }
    for (int64_t column = 0; column < t->head_dimension; column += t->columns) {
        const char *const *ahead = s->pieces + s->blocks + 1;
        for (int32_t i = first_bundle; i < t->count; i++) {
            add_values(t, s, &t->bundles[i], i == first_bundle ? first : 0, ahead, column);
            ahead = s->pieces + s->blocks;
        }
    }
}

/* The step at `from`. What follows are the keys of the next step or tile, or if there is none, its own last values. */
static step step_at(const tile *t, int32_t from) {
    step s = {.from = from};
    const int32_t *blocks = t->blocks + from / DENDRA_KV_BLOCK_TOKENS;
    int32_t left = t->last / DENDRA_KV_BLOCK_TOKENS + 1 - from / DENDRA_KV_BLOCK_TOKENS;
    s.blocks = left < STEP_BLOCKS ? left : STEP_BLOCKS;
    for (int32_t i = 0; i < s.blocks; i++) {
        s.pieces[i] = dendra_kv_keys(t->cache, t->layer, blocks[i], t->kv_head);
        s.pieces[s.blocks + i] = dendra_kv_values(t->cache, t->layer, blocks[i], t->kv_head);
    }
    const int32_t *next = left > STEP_BLOCKS ? blocks + STEP_BLOCKS : t->next_blocks;
    s.pieces[2 * s.blocks] =
        next == NULL ? s.pieces[2 * s.blocks - 1] : dendra_kv_keys(t->cache, t->layer, *next, t->kv_head);
    return s;
}

/* Goes over the positions of a span that the tile sees. */
static void attend_span(tile *t, int32_t from) {
    for (int32_t i = 0; i < t->count; i++) {
        start_span(t, &t->bundles[i]);
    }
    int32_t last = t->last - from < DENDRA_SPAN_TOKENS ? t->last : from + DENDRA_SPAN_TOKENS - 1;
    for (int32_t at = from; at <= last; at += STEP_TOKENS) {
        step s = step_at(t, at);
        attend_step(t, &s);
    }
}

/* Where the outputs of a span lie. */
static void find_outputs(const tile *t, const bundle *b, const float *outputs[BUNDLE]) {
    for (int32_t q = 0; q < b->count; q++) {
        outputs[q] = b->outputs + q * t->padded;
    }
}

/* First query of the bundle at `position` or after it. */
static int32_t query_from(const bundle *b, int32_t position) {
    int32_t first = 0;
    while (first < b->count && b->positions[first] < position) {
        first++;
    }
    return first;
}

/* Adds the span at `from` to the outputs so far. */
static void take_span(const tile *t, bundle *b, int32_t from) {
    const float *outputs[BUNDLE];
    find_outputs(t, b, outputs);
    normalizers span = normalizers_of(b);
    if (t->last < DENDRA_SPAN_TOKENS) {
        divide_outputs(b->count, t->head_dimension, outputs, &span, b->y);
    } else if (from == 0) {
        scale_outputs(b->count, t->head_dimension, outputs, ONES, b->y);
        b->merged = span;
    } else {
        merge_outputs(query_from(b, from), b->count, t->head_dimension, outputs, &span, b->y, &b->merged);
    }
}

static void attend_tile(tile *t) {
    for (int32_t from = 0; from <= t->last; from += DENDRA_SPAN_TOKENS) {
        attend_span(t, from);
        for (int32_t i = 0; i < t->count; i++) {
            take_span(t, &t->bundles[i], from);
        }
    }
    if (t->last >= DENDRA_SPAN_TOKENS) {
        for (int32_t i = 0; i < t->count; i++) {
            bundle *b = &t->bundles[i];
            divide_outputs(b->count, t->head_dimension, (const float *const *) b->y, &b->merged, b->y);
        }
    }
}

static tile tile_of(const dendra_kv *cache, int32_t layer, int32_t kv_head, float scale) {
    return (tile) {.cache = cache,
                   .products = products_of(cache->type),
                   .layer = layer,
                   .kv_head = kv_head,
                   .scale = scale,
                   .head_dimension = cache->head_dimension,
                   .padded = dendra_padded(cache->head_dimension, WIDE_COLUMNS)};
}

/* Makes the heads head_from .. head_to of rows row_from .. row_to the queries of the tile, row by row. */
static void choose_queries(
    tile *t, const dendra_floats *q, const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t head_from,
    int32_t head_to) {
    int32_t query = 0;
    for (int32_t row = row_from; row < row_to; row++) {
        for (int32_t head = head_from; head < head_to; head++) {
            bundle *b = &t->bundles[query / BUNDLE];
            int32_t i = query % BUNDLE;
            b->positions[i] = step->positions[row];
            b->q[i] = q->data + (int64_t) row * q->stride + head * t->head_dimension;
            b->count = i + 1;
            query++;
        }
    }
    t->count = (query + BUNDLE - 1) / BUNDLE;
    t->columns = query <= FEW ? WIDE_COLUMNS : COLUMNS;
    t->blocks = step->blocks + step->table_starts[row_from];
    for (int32_t i = 0; i < t->count; i++) {
        take_queries(t, &t->bundles[i]);
    }
}

/* Says where the outputs of the queries that choose_queries chose go. */
static void choose_outputs(
    tile *t, const dendra_floats *y, int32_t row_from, int32_t row_to, int32_t head_from, int32_t head_to) {
    int32_t query = 0;
    for (int32_t row = row_from; row < row_to; row++) {
        for (int32_t head = head_from; head < head_to; head++) {
            float *output = y->data + (int64_t) row * y->stride + head * t->head_dimension;
            t->bundles[query / BUNDLE].y[query % BUNDLE] = output;
            query++;
        }
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
    const dendra_step_rows *step = &job->step;
    tile t = tile_of(&job->cache, job->layer, job->kv_head, job->scale);
    int32_t queries = divide_scratch(&t, &job->scratch) * BUNDLE;
    int32_t group = job->heads / job->cache.kv_heads;
    int32_t most_rows = group < queries ? queries / group : 1;
    for (int32_t row = job->row_from; row < job->row_to;) {
        int32_t limit = job->row_to - row < most_rows ? job->row_to : row + most_rows;
        int32_t row_to = row + consecutive_rows(step, row, limit);
        t.next_blocks = row_to < job->row_to ? step->blocks + step->table_starts[row_to] : NULL;
        t.last = step->positions[row_to - 1];
        for (int32_t head = 0; head < group; head += queries) {
            int32_t head_from = job->kv_head * group + head;
            int32_t head_to = head_from + (group - head < queries ? group - head : queries);
            choose_queries(&t, &job->q, step, row, row_to, head_from, head_to);
            choose_outputs(&t, &job->y, row, row_to, head_from, head_to);
            attend_tile(&t);
        }
        row = row_to;
    }
}

/* A partial result: outputs [group][head_dimension] of the query heads of a KV head, largest scores, sums of shares. */
typedef struct partial {
    float *outputs;
    float *largest; /* [group] */
    float *sums;    /* [group] */
} partial;

static partial partial_at(const dendra_floats *partials, int32_t slot, int32_t group, int64_t head_dimension) {
    float *outputs = partials->data + (int64_t) slot * partials->stride;
    float *largest = outputs + group * head_dimension;
    return (partial) {outputs, largest, largest + group};
}

/* Writes what a span gives for heads from `head` on. */
static void write_partial(const tile *t, const bundle *b, const partial *p, int32_t head) {
    const float *outputs[BUNDLE];
    float *to[BUNDLE];
    find_outputs(t, b, outputs);
    for (int32_t q = 0; q < b->count; q++) {
        to[q] = p->outputs + (head + q) * t->head_dimension;
    }
    scale_outputs(b->count, t->head_dimension, outputs, ONES, to);
    normalizers span = normalizers_of(b);
    v_mask present = v_first(b->count);
    v_store_masked(p->largest + head, present, v_load(span.largest));
    v_store_masked(p->sums + head, present, v_load(span.sums));
}

void KERNEL(attention_spans)(const dendra_attention_spans_job *job) {
    const dendra_step_rows *step = &job->step;
    tile t = tile_of(&job->cache, job->layer, job->kv_head, job->scale);
    int32_t queries = divide_scratch(&t, &job->scratch) * BUNDLE;
    int32_t group = job->heads / job->cache.kv_heads;
    int64_t end = (int64_t) job->span_to * DENDRA_SPAN_TOKENS;
    t.last = step->positions[job->row] < end ? step->positions[job->row] : (int32_t) (end - 1);
    for (int32_t head = 0; head < group; head += queries) {
        int32_t head_from = job->kv_head * group + head;
        int32_t head_to = head_from + (group - head < queries ? group - head : queries);
        choose_queries(&t, &job->q, step, job->row, job->row + 1, head_from, head_to);
        for (int32_t span = job->span_from; span < job->span_to; span++) {
            attend_span(&t, span * DENDRA_SPAN_TOKENS);
            int32_t slot = job->slot + span - job->span_from;
            partial p = partial_at(&job->partials, slot, group, t.head_dimension);
            for (int32_t i = 0; i < t.count; i++) {
                write_partial(&t, &t.bundles[i], &p, head + i * BUNDLE);
            }
        }
    }
}

/* Merges partial results as attention does within one call, a bundle of heads at a time. */
static void merge_heads(const dendra_merge_spans_job *job, int32_t group, int32_t head, int32_t count) {
    int64_t head_dimension = job->head_dimension;
    v_mask present = v_first(count);
    normalizers merged;
    float *y[BUNDLE];
    for (int32_t q = 0; q < count; q++) {
        y[q] = job->y.data + (int64_t) job->row * job->y.stride
            + (job->kv_head * group + head + q) * head_dimension;
    }
    for (int32_t slot = job->slot_from; slot < job->slot_to; slot++) {
        partial p = partial_at(&job->partials, slot, group, head_dimension);
        const float *outputs[BUNDLE];
        for (int32_t q = 0; q < count; q++) {
            outputs[q] = p.outputs + (head + q) * head_dimension;
        }
        normalizers span;
        v_store(span.largest, v_load_masked(present, p.largest + head));
        v_store(span.sums, v_load_masked(present, p.sums + head));
        if (slot == job->slot_from) {
            scale_outputs(count, head_dimension, outputs, ONES, y);
            merged = span;
        } else {
            merge_outputs(0, count, head_dimension, outputs, &span, y, &merged);
        }
    }
    divide_outputs(count, head_dimension, (const float *const *) y, &merged, y);
}

void KERNEL(merge_spans)(const dendra_merge_spans_job *job) {
    int32_t group = job->heads / job->kv_heads;
    for (int32_t head = 0; head < group; head += BUNDLE) {
        merge_heads(job, group, head, group - head < BUNDLE ? group - head : BUNDLE);
    }
}
