/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paged KV cache, written and attended an element at a time, in double precision; what a span of positions gives is
 * rounded to single precision, as it is where spans are computed apart.
 */
#include "scalar_weights.h"

static int64_t block_of(const dendra_step_rows *step, int64_t row, int64_t position) {
    return step->blocks[step->table_starts[row] + position / DENDRA_KV_BLOCK_TOKENS];
}

static double element_of(const char *piece, int32_t type, int64_t slot, int64_t at) {
    switch (type) {
    case DENDRA_KV_BF16:
        return scalar_float_of_bf16(((const uint16_t *) piece)[at]);
    case DENDRA_KV_INT8:
        return (double) ((const float *) piece)[slot] * ((const int8_t *) piece)[dendra_kv_scale_bytes(type) + at];
    default:
        return ((const float *) piece)[at];
    }
}

/* The largest magnitude of a head; a NaN unless all elements are finite. */
static float largest_of(const float *x, int64_t dimension) {
    float largest = 0;
    for (int64_t d = 0; d < dimension; d++) {
        if (!isfinite(x[d])) {
            return NAN;
        }
        largest = fmaxf(largest, fabsf(x[d]));
    }
    return largest;
}

/* What codes of int8 are multiplied by: 0 if elements are so small that all codes are. */
static float scale_of(float largest) { return isinf(127 / largest) ? 0 : largest / 127; }

static int8_t code_of(float x, float largest) {
    float inverse = 127 / largest;
    return (int8_t) (isnan(inverse) || isinf(inverse) ? 0 : rintf(x * inverse));
}

/* Writes a head of one token into a piece, element d at `first` + d * `stride`. */
static void write_head(const float *x, int64_t dimension, char *piece, int32_t type, int64_t slot, int64_t first,
                       int64_t stride) {
    float largest = largest_of(x, dimension);
    char *elements = piece + dendra_kv_scale_bytes(type);
    if (type == DENDRA_KV_INT8) {
        ((float *) piece)[slot] = scale_of(largest);
    }
    for (int64_t d = 0; d < dimension; d++) {
        int64_t at = first + d * stride;
        switch (type) {
        case DENDRA_KV_BF16:
            ((uint16_t *) elements)[at] = scalar_bf16_of_float(x[d]);
            break;
        case DENDRA_KV_INT8:
            ((int8_t *) elements)[at] = code_of(x[d], largest);
            break;
        default:
            ((float *) elements)[at] = x[d];
        }
    }
}

void dendra_write_kv__scalar(const dendra_write_kv_job *job) {
    const dendra_kv *cache = &job->cache;
    int64_t dimension = cache->head_dimension;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        int64_t position = job->step.positions[row];
        int64_t block = block_of(&job->step, row, position);
        int64_t slot = position % DENDRA_KV_BLOCK_TOKENS;
        for (int64_t head = 0; head < cache->kv_heads; head++) {
            const float *key = job->keys.data + row * job->keys.stride + head * dimension;
            const float *value = job->values.data + row * job->values.stride + head * dimension;
            int64_t key_at = dendra_kv_key_at(cache->type, slot, 0);
            int64_t value_at = dendra_kv_value_at(cache->type, dimension, slot, 0);
            write_head(key, dimension, dendra_kv_keys(cache, job->layer, block, head), cache->type, slot, key_at,
                       DENDRA_KV_BLOCK_TOKENS);
            write_head(value, dimension, dendra_kv_values(cache, job->layer, block, head), cache->type, slot, value_at,
                       cache->type == DENDRA_KV_BF16 ? 2 : 1);
        }
    }
}

/* A row of a step and what it attends to. */
typedef struct attending {
    const dendra_kv *cache;
    const dendra_step_rows *step;
    int32_t layer;
    int32_t kv_head;
    int64_t row;
    double scale;
} attending;

/* scale * (q . key of a position) */
static double score(const attending *a, const float *q, int64_t position) {
    const char *keys = dendra_kv_keys(a->cache, a->layer, block_of(a->step, a->row, position), a->kv_head);
    int32_t type = a->cache->type;
    int64_t slot = position % DENDRA_KV_BLOCK_TOKENS;
    double dot = 0;
    for (int64_t d = 0; d < a->cache->head_dimension; d++) {
        dot += q[d] * element_of(keys, type, slot, dendra_kv_key_at(type, slot, d));
    }
    return dot * a->scale;
}

/* What a span gives: outputs before division, the largest score and the sum of shares relative to it. */
static void attend_span(
    const attending *a, const float *q, int64_t span, float *outputs, float *largest, float *sum) {
    int64_t dimension = a->cache->head_dimension;
    int64_t from = span * DENDRA_SPAN_TOKENS;
    int64_t end = (int64_t) a->step->positions[a->row] + 1;
    int64_t to = end - from < DENDRA_SPAN_TOKENS ? end : from + DENDRA_SPAN_TOKENS;
    double most = -INFINITY;
    for (int64_t position = from; position < to; position++) {
        double s = score(a, q, position);
        if (isnan(s) || s > most) {
            most = s; /* a NaN stays: nothing is larger than it */
        }
    }
    *largest = (float) most;
    double sums[DENDRA_MAX_HEAD_DIMENSION] = {0};
    double total = 0;
    for (int64_t position = from; position < to; position++) {
        const char *values = dendra_kv_values(a->cache, a->layer, block_of(a->step, a->row, position), a->kv_head);
        double share = exp(score(a, q, position) - *largest);
        total += share;
        for (int64_t d = 0; d < dimension; d++) {
            int64_t slot = position % DENDRA_KV_BLOCK_TOKENS;
            int64_t at = dendra_kv_value_at(a->cache->type, dimension, slot, d);
            sums[d] += share * element_of(values, a->cache->type, slot, at);
        }
    }
    *sum = (float) total;
    for (int64_t d = 0; d < dimension; d++) {
        outputs[d] = (float) sums[d];
    }
}

/* The spans so far of a head. */
typedef struct merged {
    double outputs[DENDRA_MAX_HEAD_DIMENSION];
    double largest;
    double sum;
} merged;

static void merge(merged *m, int64_t dimension, const float *outputs, float largest, float sum) {
    double both = isnan(largest) || largest > m->largest ? largest : m->largest;
    double kept = m->largest == both ? 1 : exp(m->largest - both);
    double added = largest == both ? 1 : exp(largest - both);
    for (int64_t d = 0; d < dimension; d++) {
        m->outputs[d] = m->outputs[d] * kept + outputs[d] * added;
    }
    m->sum = m->sum * kept + sum * added;
    m->largest = both;
}

static void divide(const merged *m, int64_t dimension, float *y) {
    for (int64_t d = 0; d < dimension; d++) {
        y[d] = (float) (m->outputs[d] / m->sum);
    }
}

void dendra_attention__scalar(const dendra_attention_job *job) {
    int64_t shared = job->heads / job->cache.kv_heads;
    int64_t dimension = job->cache.head_dimension;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        attending a = {&job->cache, &job->step, job->layer, job->kv_head, row, job->scale};
        for (int64_t head = job->kv_head * shared; head < (job->kv_head + 1) * shared; head++) {
            merged m = {.largest = -INFINITY};
            for (int64_t span = 0; span <= job->step.positions[row] / DENDRA_SPAN_TOKENS; span++) {
                float outputs[DENDRA_MAX_HEAD_DIMENSION];
                float largest;
                float sum;
                attend_span(&a, job->q.data + row * job->q.stride + head * dimension, span, outputs, &largest, &sum);
                merge(&m, dimension, outputs, largest, sum);
            }
            divide(&m, dimension, job->y.data + row * job->y.stride + head * dimension);
        }
    }
}

void dendra_attention_spans__scalar(const dendra_attention_spans_job *job) {
    int64_t shared = job->heads / job->cache.kv_heads;
    int64_t dimension = job->cache.head_dimension;
    attending a = {&job->cache, &job->step, job->layer, job->kv_head, job->row, job->scale};
    const float *q = job->q.data + (int64_t) job->row * job->q.stride + job->kv_head * shared * dimension;
    for (int64_t span = job->span_from; span < job->span_to; span++) {
        float *outputs = job->partials.data + (job->slot + span - job->span_from) * job->partials.stride;
        float *largest = outputs + shared * dimension;
        for (int64_t head = 0; head < shared; head++) {
            attend_span(
                &a, q + head * dimension, span, outputs + head * dimension, largest + head, largest + shared + head);
        }
    }
}

void dendra_merge_spans__scalar(const dendra_merge_spans_job *job) {
    int64_t shared = job->heads / job->kv_heads;
    int64_t dimension = job->head_dimension;
    for (int64_t head = 0; head < shared; head++) {
        merged m = {.largest = -INFINITY};
        for (int64_t slot = job->slot_from; slot < job->slot_to; slot++) {
            const float *outputs = job->partials.data + slot * job->partials.stride;
            const float *largest = outputs + shared * dimension;
            merge(&m, dimension, outputs + head * dimension, largest[head], largest[shared + head]);
        }
        int64_t column = (job->kv_head * shared + head) * dimension;
        divide(&m, dimension, job->y.data + (int64_t) job->row * job->y.stride + column);
    }
}
