/* SPDX-License-Identifier: Apache-2.0 */
/* The paged KV cache, written and attended an element at a time, in double precision. */
#include <math.h>

#include "layout.h"

static int64_t block_of(const dendra_step_rows *step, int64_t row, int64_t position) {
    return step->blocks[step->table_starts[row] + position / DENDRA_KV_BLOCK_TOKENS];
}

void dendra_write_kv__scalar(const dendra_write_kv_job *job) {
    const dendra_kv *cache = &job->cache;
    int64_t dimension = cache->head_dimension;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        int64_t position = job->step.positions[row];
        int64_t block = block_of(&job->step, row, position);
        int64_t slot = position % DENDRA_KV_BLOCK_TOKENS;
        for (int64_t head = 0; head < cache->kv_heads; head++) {
            float *keys = dendra_kv_keys(cache, job->layer, block, head);
            float *values = dendra_kv_values(cache, job->layer, block, head);
            for (int64_t d = 0; d < dimension; d++) {
                keys[d * DENDRA_KV_BLOCK_TOKENS + slot] = job->keys.data[row * job->keys.stride + head * dimension + d];
                values[slot * dimension + d] = job->values.data[row * job->values.stride + head * dimension + d];
            }
        }
    }
}

/* scale * (q . key of a position) */
static double score(const dendra_attention_job *job, const float *q, int64_t row, int64_t position) {
    const float *keys = dendra_kv_keys(&job->cache, job->layer, block_of(&job->step, row, position), job->kv_head);
    double dot = 0;
    for (int64_t d = 0; d < job->cache.head_dimension; d++) {
        dot += (double) q[d] * keys[d * DENDRA_KV_BLOCK_TOKENS + position % DENDRA_KV_BLOCK_TOKENS];
    }
    return dot * job->scale;
}

static void attend(const dendra_attention_job *job, const float *q, float *y, int64_t row) {
    int64_t dimension = job->cache.head_dimension;
    int64_t positions = (int64_t) job->step.positions[row] + 1;
    double largest = -INFINITY;
    for (int64_t position = 0; position < positions; position++) {
        double s = score(job, q, row, position);
        if (isnan(s) || s > largest) {
            largest = s; /* a NaN stays: nothing is larger than it */
        }
    }
    double sums[DENDRA_MAX_HEAD_DIMENSION] = {0};
    double total = 0;
    for (int64_t position = 0; position < positions; position++) {
        const float *values =
            dendra_kv_values(&job->cache, job->layer, block_of(&job->step, row, position), job->kv_head);
        double share = exp(score(job, q, row, position) - largest);
        total += share;
        for (int64_t d = 0; d < dimension; d++) {
            sums[d] += share * values[position % DENDRA_KV_BLOCK_TOKENS * dimension + d];
        }
    }
    for (int64_t d = 0; d < dimension; d++) {
        y[d] = (float) (sums[d] / total);
    }
}

void dendra_attention__scalar(const dendra_attention_job *job) {
    int64_t shared = job->heads / job->cache.kv_heads;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        for (int64_t head = job->kv_head * shared; head < (job->kv_head + 1) * shared; head++) {
            int64_t column = head * job->cache.head_dimension;
            attend(job, job->q.data + row * job->q.stride + column, job->y.data + row * job->y.stride + column, row);
        }
    }
}
