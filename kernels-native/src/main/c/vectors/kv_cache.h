/* SPDX-License-Identifier: Apache-2.0 */
/* Writing keys, transposed, and values into the paged cache. */
#include <string.h>

#include "../layout.h"
#include "transpose.h"

/* How many rows from `row` on have neighbouring slots of one block, 1 or 4. */
static int64_t neighbours(const dendra_step_rows *step, int64_t row, int64_t row_to) {
    if (row + 4 > row_to || step->positions[row] % DENDRA_KV_BLOCK_TOKENS > DENDRA_KV_BLOCK_TOKENS - 4) {
        return 1;
    }
    for (int64_t i = 1; i < 4; i++) {
        if (step->table_starts[row + i] != step->table_starts[row] ||
            step->positions[row + i] != step->positions[row] + i) {
            return 1;
        }
    }
    return 4;
}

void KERNEL(write_kv)(const dendra_write_kv_job *job) {
    const dendra_kv *cache = &job->cache;
    int64_t dimension = cache->head_dimension;
    int64_t count;
    for (int64_t row = job->row_from; row < job->row_to; row += count) {
        count = neighbours(&job->step, row, job->row_to);
        int64_t position = job->step.positions[row];
        int64_t block = job->step.blocks[job->step.table_starts[row] + position / DENDRA_KV_BLOCK_TOKENS];
        int64_t slot = position % DENDRA_KV_BLOCK_TOKENS;
        for (int64_t head = 0; head < cache->kv_heads; head++) {
            const float *key = job->keys.data + row * job->keys.stride + head * dimension;
            float *keys = dendra_kv_keys(cache, job->layer, block, head) + slot;
            int64_t stride = job->keys.stride;
            if (count == 4) {
                const float *const four[4] = {key, key + stride, key + 2 * stride, key + 3 * stride};
                transpose_four(four, dimension, keys, DENDRA_KV_BLOCK_TOKENS);
            } else {
                transpose_one(key, dimension, keys, DENDRA_KV_BLOCK_TOKENS);
            }
            const float *value = job->values.data + row * job->values.stride + head * dimension;
            float *values = dendra_kv_values(cache, job->layer, block, head) + slot * dimension;
            for (int64_t i = 0; i < count; i++) {
                memcpy(values + i * dimension, value + i * job->values.stride, (size_t) dimension * sizeof(float));
            }
        }
    }
}
