/* SPDX-License-Identifier: Apache-2.0 */
/* The paged cache of keys and values, written and attended. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

check_step check_step_of(check *c, int32_t rows, const int32_t *positions, const bool *continued, int32_t blocks) {
    check_step s = {.step = {.capacity = rows, .table_capacity = blocks}};
    for (int i = 0; i < 4; i++) {
        s.memory[i] = check_allocate((size_t) (i == 3 ? blocks : rows) * sizeof(int32_t));
    }
    int32_t *starts = s.memory[2].data;
    int32_t *table = s.memory[3].data;
    memset(s.memory[0].data, 0, s.memory[0].bytes);
    memcpy(s.memory[1].data, positions, (size_t) rows * sizeof(int32_t));
    for (int32_t i = 0; i < blocks; i++) { /* a permutation (Durstenfeld 1964) */
        int64_t j = check_random_between(c, 0, i);
        table[i] = table[j];
        table[j] = i;
    }
    int32_t start = 0;
    for (int32_t row = 0; row < rows; row++) {
        if (row > 0 && !continued[row]) {
            start += positions[row - 1] / DENDRA_KV_BLOCK_TOKENS + 1;
        }
        starts[row] = start;
    }
    s.step.tokens = s.memory[0].data;
    s.step.positions = s.memory[1].data;
    s.step.table_starts = starts;
    s.step.blocks = table;
    return s;
}

void check_release_step(check *c, check_step *step) {
    for (int i = 0; i < 4; i++) {
        check_release(c, &step->memory[i], "step");
    }
}

enum { MOST_ROWS = 40 };

/* A batch: decode rows of several sequences, or chunks of prompts, whose positions ascend. */
typedef struct batch {
    int32_t rows;
    int32_t blocks; /* that its sequences need */
    int32_t positions[MOST_ROWS];
    bool continued[MOST_ROWS];
} batch;

static batch batch_of(check *c, int number) {
    static const int32_t FIRST[] = {0, 0, 1, 15, 16, 30, 31, 32, 33, 62, 63, 64, 95, 96, 127, 200};
    static const int32_t DISTANT[] = {
        DENDRA_SPAN_TOKENS - 1, DENDRA_SPAN_TOKENS, DENDRA_SPAN_TOKENS + 1, 2 * DENDRA_SPAN_TOKENS - 1,
        2 * DENDRA_SPAN_TOKENS, 2 * DENDRA_SPAN_TOKENS + 70};
    static const int32_t LENGTHS[] = {1, 1, 2, 3, 4, 5, 8, 16, 17, 31, 33};
    batch b = {0};
    int sequences = number % 3 == 0 ? 1 : (int) check_random_between(c, 1, 5);
    for (int i = 0; i < sequences; i++) {
        int32_t position = CHECK_PICK(c, FIRST);
        if (number % 8 == 2) {
            position = CHECK_PICK(c, DISTANT);
        } else if (number % 8 == 7) {
            position = DENDRA_SPAN_TOKENS - 3;
        }
        int32_t length = number % 2 == 0 ? 1 : CHECK_PICK(c, LENGTHS);
        for (int32_t j = 0; j < length && b.rows < MOST_ROWS; j++) {
            b.continued[b.rows] = j > 0;
            b.positions[b.rows++] = position++;
        }
        b.blocks += (position - 1) / DENDRA_KV_BLOCK_TOKENS + 1;
    }
    b.blocks++; /* one that nobody has */
    return b;
}

typedef struct heads {
    int32_t kv_heads;
    int32_t shared; /* query heads that share a KV head */
    int32_t dimension;
    int32_t type; /* of the cache */
} heads;

static const char *const TYPE_NAMES[] = {"f32", "bf16", "int8"};

static heads heads_of(check *c, int number) {
    static const int32_t DIMENSIONS[] = {64, 64, 128, 32, 16, 80, 96, 256, 8, 20, 1};
    static const int32_t SHARED[] = {1, 2, 3, 4, 5, 8};
    int count = sizeof DIMENSIONS / sizeof DIMENSIONS[0];
    return (heads) {(int32_t) check_random_between(c, 1, 3), CHECK_PICK(c, SHARED), DIMENSIONS[number % count],
                    number / count % DENDRA_KV_TYPE_COUNT};
}

enum { LAYERS = 2 };

static dendra_kv allocate_cache(const heads *h, int32_t blocks, check_memory *memory) {
    dendra_kv kv = {NULL, LAYERS, h->kv_heads, h->dimension, blocks, h->type, 0};
    *memory = check_allocate((size_t) dendra_kv_bytes(&kv));
    kv.data = memory->data;
    return kv;
}

/* Largest magnitude of a cache's elements, as it is filled below. */
static const float VALUE = 2;

/* Random elements, with scales of all sizes. */
static void fill_cache(check *c, const dendra_kv *kv) {
    int64_t elements = (int64_t) DENDRA_KV_BLOCK_TOKENS * kv->head_dimension;
    int64_t pieces = dendra_kv_bytes(kv) / dendra_kv_piece_bytes(kv);
    for (int64_t p = 0; p < pieces; p++) {
        char *piece = (char *) kv->data + p * dendra_kv_piece_bytes(kv);
        if (kv->type == DENDRA_KV_INT8) {
            for (int i = 0; i < DENDRA_KV_BLOCK_TOKENS; i++) {
                ((float *) piece)[i] = fabsf(check_random_float(c, VALUE)) / 127;
            }
        }
        for (int64_t i = 0; i < elements; i++) {
            float x = check_random_float(c, VALUE);
            uint32_t bits;
            memcpy(&bits, &x, sizeof bits);
            if (kv->type == DENDRA_KV_F32) {
                ((float *) piece)[i] = x;
            } else if (kv->type == DENDRA_KV_BF16) {
                ((uint16_t *) piece)[i] = (uint16_t) (bits >> 16);
            } else {
                ((int8_t *) piece)[dendra_kv_scale_bytes(kv->type) + i] = (int8_t) check_random_between(c, -127, 127);
            }
        }
    }
}

static void write_kv_case(check *c, const batch *b, const heads *h) {
    check_step step = check_step_of(c, b->rows, b->positions, b->continued, b->blocks);
    check_matrix keys = check_random_matrix(c, b->rows, h->kv_heads * h->dimension, 1);
    check_matrix values = check_random_matrix(c, b->rows, h->kv_heads * h->dimension, 1);
    for (int i = 0; i < 8; i++) { /* what rounds in its own way */
        static const float ODD[] = {0, -0.0f, NAN, INFINITY, -INFINITY, 1e-44f, -3e-39f, 3.4e38f};
        const dendra_floats *x = i % 2 == 0 ? &keys.floats : &values.floats;
        int64_t column = check_random_between(c, 0, x->columns - 1);
        *check_at(x, check_random_between(c, 0, b->rows - 1), column) = ODD[i];
    }
    for (int64_t k = 0; k < h->dimension; k++) { /* heads of nothing, and of next to nothing */
        *check_at(&keys.floats, b->rows - 1, k) = 0;
        *check_at(&values.floats, b->rows - 1, k) = k % 2 == 0 ? 1e-40f : -1e-41f;
    }
    check_memory actual;
    check_memory expected;
    dendra_write_kv_job job = {.isa = c->tier->isa,
                               .layer = (int32_t) check_random_between(c, 0, LAYERS - 1),
                               .keys = keys.floats,
                               .values = values.floats,
                               .cache = allocate_cache(h, b->blocks, &actual),
                               .step = step.step};
    job.row_from = (int32_t) check_random_between(c, 0, b->rows - 1);
    job.row_to = (int32_t) check_random_between(c, job.row_from, b->rows);
    CHECK_CALL(c, c->tier->kernels.write_kv, &job);
    job.cache = allocate_cache(h, b->blocks, &expected);
    c->reference.write_kv(&job);
    check_same_bytes(c, "cache", expected.data, actual.data, expected.bytes);
    check_release(c, &expected, "expected");
    check_release(c, &actual, "cache");
    check_release_matrix(c, &values, "values");
    check_release_matrix(c, &keys, "keys");
    check_release_step(c, &step);
}

void check_write_kv(check *c) {
    for (int i = 0; i < (c->quick ? 33 : 132); i++) {
        batch b = batch_of(c, i);
        heads h = heads_of(c, i);
        check_begin(c, "write_kv M=%d, %d heads of %d, %s", b.rows, h.kv_heads, h.dimension, TYPE_NAMES[h.type]);
        write_kv_case(c, &b, &h);
    }
}

/*
 * A score is off by at most gamma(d + 5) |q| |k| scale, the scale of a token's codes included, which is the relative error of its exponential; numerator and
 * denominator of the soft-max add that of their sums.
 */
static double attention_bound(const dendra_attention_job *job, float query) {
    double dimension = job->cache.head_dimension;
    double score = (dimension + 5) * UNIT_ROUNDOFF * dimension * query * VALUE * fabs(job->scale);
    int32_t longest = 0;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        longest = job->step.positions[row] > longest ? job->step.positions[row] : longest;
    }
    return 2 * (score + (longest + 33) * UNIT_ROUNDOFF) * VALUE;
}

static void attention_case(check *c, const batch *b, const heads *h, float query) {
    check_step step = check_step_of(c, b->rows, b->positions, b->continued, b->blocks);
    int32_t query_heads = h->kv_heads * h->shared;
    check_matrix q = check_random_matrix(c, b->rows, query_heads * h->dimension, query);
    check_matrix y = check_matrix_of(b->rows, query_heads * h->dimension);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_copy(&y);
    check_memory cache;
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    dendra_attention_job job = {.isa = c->tier->isa,
                                .layer = (int32_t) check_random_between(c, 0, LAYERS - 1),
                                .heads = query_heads,
                                .kv_head = (int32_t) check_random_between(c, 0, h->kv_heads - 1),
                                .scale = 1 / sqrtf((float) h->dimension),
                                .q = q.floats,
                                .y = y.floats,
                                .cache = allocate_cache(h, b->blocks, &cache),
                                .step = step.step,
                                .scratch = {scratch.data, (int64_t) scratch.bytes}};
    fill_cache(c, &job.cache);
    job.row_from = (int32_t) check_random_between(c, 0, b->rows - 1);
    job.row_to = (int32_t) check_random_between(c, job.row_from + 1, b->rows);
    CHECK_CALL(c, c->tier->kernels.attention, &job);
    job.y = expected.floats;
    c->reference.attention(&job);
    int64_t from = (int64_t) job.kv_head * h->shared * h->dimension;
    int64_t to = from + h->shared * h->dimension;
    double bound = attention_bound(&job, query);
    for (int64_t row = 0; row < b->rows; row++) {
        for (int64_t k = 0; k < y.floats.stride; k++) {
            bool inside = row >= job.row_from && row < job.row_to && k >= from && k < to;
            float e = *check_at(&expected.floats, row, k);
            float a = *check_at(&y.floats, row, k);
            if (inside ? !check_close(e, a, bound) : !check_same(e, a)) {
                check_fail(c, "y[%d, %d] = %.9g, expected %.9g, bound %.3g", (int) row, (int) k, a, e,
                           inside ? bound : 0);
            }
        }
    }
    int32_t row = (int32_t) check_random_between(c, job.row_from, job.row_to - 1);
    job.row_from = row;
    job.row_to = row + 1;
    job.y = alone.floats;
    CHECK_CALL(c, c->tier->kernels.attention, &job);
    for (int64_t k = from; k < to; k++) {
        if (!check_same(*check_at(&y.floats, row, k), *check_at(&alone.floats, row, k))) {
            check_fail(c, "y[%d, %d] depends on the other rows", row, (int) k);
        }
    }
    check_release(c, &scratch, "scratch");
    check_release(c, &cache, "cache");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &q, "q");
    check_release_step(c, &step);
}

void check_attention(check *c) {
    static const float QUERIES[] = {1, 1, 8, 0.01f};
    for (int i = 0; i < (c->quick ? 66 : 264); i++) {
        batch b = batch_of(c, i);
        heads h = heads_of(c, i);
        check_begin(c, "attention M=%d, %d KV heads for %d each, of %d, %s", b.rows, h.kv_heads, h.shared, h.dimension,
                    TYPE_NAMES[h.type]);
        attention_case(c, &b, &h, QUERIES[i % 4]);
    }
}

/* Spans computed apart, in calls of one or more, and merged: attention, bit for bit. */
static void attention_spans_case(check *c, int32_t position, const heads *h) {
    static const bool CONTINUED[1] = {false};
    int32_t spans = position / DENDRA_SPAN_TOKENS + 1;
    check_step step = check_step_of(c, 1, &position, CONTINUED, position / DENDRA_KV_BLOCK_TOKENS + 2);
    int32_t query_heads = h->kv_heads * h->shared;
    check_matrix q = check_random_matrix(c, 1, query_heads * h->dimension, 1);
    check_matrix y = check_matrix_of(1, query_heads * h->dimension);
    check_matrix whole = check_copy(&y);
    check_matrix partials = check_matrix_of(spans + 1, h->shared * (h->dimension + 2));
    check_matrix before = check_copy(&partials);
    check_memory cache;
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    dendra_kv kv = allocate_cache(h, step.step.table_capacity, &cache);
    fill_cache(c, &kv);
    dendra_attention_job job = {.isa = c->tier->isa,
                                .row_to = 1,
                                .layer = (int32_t) check_random_between(c, 0, LAYERS - 1),
                                .heads = query_heads,
                                .kv_head = (int32_t) check_random_between(c, 0, h->kv_heads - 1),
                                .scale = 1 / sqrtf((float) h->dimension),
                                .q = q.floats,
                                .y = whole.floats,
                                .cache = kv,
                                .step = step.step,
                                .scratch = {scratch.data, (int64_t) scratch.bytes}};
    CHECK_CALL(c, c->tier->kernels.attention, &job);
    dendra_attention_spans_job apart = {.isa = job.isa,
                                        .layer = job.layer,
                                        .heads = job.heads,
                                        .kv_head = job.kv_head,
                                        .scale = job.scale,
                                        .q = job.q,
                                        .partials = partials.floats,
                                        .cache = kv,
                                        .step = job.step,
                                        .scratch = job.scratch};
    while (apart.span_to < spans) {
        apart.span_from = apart.span_to;
        apart.span_to = (int32_t) check_random_between(c, apart.span_from + 1, spans);
        apart.slot = 1 + apart.span_from;
        CHECK_CALL(c, c->tier->kernels.attention_spans, &apart);
    }
    size_t slot_bytes = (size_t) partials.floats.stride * sizeof(float);
    check_same_bytes(c, "the slot before", before.floats.data, partials.floats.data, slot_bytes);
    dendra_merge_spans_job merge = {.isa = job.isa,
                                    .slot_from = 1,
                                    .slot_to = 1 + spans,
                                    .heads = job.heads,
                                    .kv_heads = h->kv_heads,
                                    .kv_head = job.kv_head,
                                    .head_dimension = h->dimension,
                                    .partials = partials.floats,
                                    .y = y.floats};
    CHECK_CALL(c, c->tier->kernels.merge_spans, &merge);
    check_same_bytes(c, "y", whole.floats.data, y.floats.data, (size_t) y.floats.stride * sizeof(float));
    check_release(c, &scratch, "scratch");
    check_release(c, &cache, "cache");
    check_release_matrix(c, &before, "partials");
    check_release_matrix(c, &partials, "partials");
    check_release_matrix(c, &whole, "y");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &q, "q");
    check_release_step(c, &step);
}

void check_attention_spans(check *c) {
    static const int32_t POSITIONS[] = {0, 31, 100, DENDRA_SPAN_TOKENS - 1, DENDRA_SPAN_TOKENS, DENDRA_SPAN_TOKENS + 1,
                                        2 * DENDRA_SPAN_TOKENS - 1, 3 * DENDRA_SPAN_TOKENS + 40};
    for (int i = 0; i < (c->quick ? 33 : 132); i++) {
        heads h = heads_of(c, i);
        int32_t position = CHECK_PICK(c, POSITIONS);
        check_begin(
            c, "attention_spans to %d, %d KV heads for %d each, of %d, %s", position, h.kv_heads, h.shared, h.dimension,
            TYPE_NAMES[h.type]);
        attention_spans_case(c, position, &h);
    }
}

/* Partial results that are not of one tier's making, the least of scores and sums of nothing among them. */
static void merge_spans_case(check *c, int32_t spans, const heads *h) {
    check_matrix partials = check_random_matrix(c, spans, h->shared * (h->dimension + 2), 1);
    for (int64_t slot = 0; slot < spans; slot++) {
        for (int64_t head = 0; head < h->shared; head++) {
            float *largest = check_at(&partials.floats, slot, h->shared * h->dimension + head);
            *largest = check_random_between(c, 0, 9) == 0 && slot > 0 ? -200 : check_random_float(c, 20);
            float *sum = check_at(&partials.floats, slot, h->shared * (h->dimension + 1) + head);
            *sum = 1 + fabsf(check_random_float(c, 99));
        }
    }
    check_matrix y = check_matrix_of(2, h->kv_heads * h->shared * h->dimension);
    check_matrix expected = check_copy(&y);
    dendra_merge_spans_job job = {.isa = c->tier->isa,
                                  .slot_to = spans,
                                  .row = 1,
                                  .heads = h->kv_heads * h->shared,
                                  .kv_heads = h->kv_heads,
                                  .kv_head = (int32_t) check_random_between(c, 0, h->kv_heads - 1),
                                  .head_dimension = h->dimension,
                                  .partials = partials.floats,
                                  .y = y.floats};
    CHECK_CALL(c, c->tier->kernels.merge_spans, &job);
    job.y = expected.floats;
    c->reference.merge_spans(&job);
    int64_t from = (int64_t) job.kv_head * h->shared * h->dimension;
    for (int64_t row = 0; row < 2; row++) {
        for (int64_t k = 0; k < y.floats.stride; k++) {
            bool inside = row == 1 && k >= from && k < from + h->shared * h->dimension;
            float e = *check_at(&expected.floats, row, k);
            float a = *check_at(&y.floats, row, k);
            /* No sum of shares is below 1, and outputs are not above 1: some roundings of each, and of the factors. */
            double bound = inside ? 64 * spans * UNIT_ROUNDOFF : 0;
            if (!check_close(e, a, bound)) {
                check_fail(c, "y[%d, %d] = %.9g, expected %.9g, bound %.3g", (int) row, (int) k, a, e, bound);
            }
        }
    }
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &partials, "partials");
}

void check_merge_spans(check *c) {
    for (int i = 0; i < (c->quick ? 33 : 110); i++) {
        heads h = heads_of(c, i);
        int32_t spans = (int32_t) check_random_between(c, 1, 9);
        check_begin(c, "merge_spans of %d, %d KV heads for %d each, of %d", spans, h.kv_heads, h.shared, h.dimension);
        merge_spans_case(c, spans, &h);
    }
}
