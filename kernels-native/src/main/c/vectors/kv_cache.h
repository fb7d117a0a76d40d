/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing keys, transposed, and values into the paged cache, rounded to its type. Rows of a sequence may be written by
 * several threads at once, so nothing is written but the elements and scales of a row's own slot.
 */
#include <math.h>
#include <string.h>

#include "../layout.h"
#include "bfloat16.h"
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

/* One head's keys and values of `count` neighbouring rows, 1 or 4. */
typedef struct head_rows {
    int64_t dimension;
    int64_t count;
    int64_t slot; /* of the first row */
    const float *keys;
    int64_t key_stride;
    const float *values;
    int64_t value_stride;
    char *key_piece;
    char *value_piece;
} head_rows;

static void write_f32(const head_rows *h) {
    float *keys = (float *) h->key_piece + h->slot;
    if (h->count == 4) {
        const float *key = h->keys;
        const float *const four[4] = {key, key + h->key_stride, key + 2 * h->key_stride, key + 3 * h->key_stride};
        transpose_four(four, h->dimension, keys, DENDRA_KV_BLOCK_TOKENS);
    } else {
        transpose_one(h->keys, h->dimension, keys, DENDRA_KV_BLOCK_TOKENS);
    }
    float *values = (float *) h->value_piece + h->slot * h->dimension;
    for (int64_t i = 0; i < h->count; i++) {
        memcpy(values + i * h->dimension, h->values + i * h->value_stride, (size_t) h->dimension * sizeof(float));
    }
}

/* Codes of a head in bf16; room for a register more than the head has is needed. */
static void round_head(const float *x, int64_t dimension, uint16_t *codes) {
    for (int64_t i = 0; i < dimension; i += LANES) {
        v_store_halves(codes + i, bf16_of(v_load_masked(v_first(dimension - i), x + i)));
    }
}

/* Two values whose tokens share 32 bits. */
static void write_pair(const float *lower, const float *upper, int64_t dimension, char *to) {
    for (int64_t i = 0; i < dimension; i += LANES) {
        v_mask present = v_first(dimension - i);
        v_ints low = bf16_of(v_load_masked(present, lower + i));
        v_ints high = v_shift_left(bf16_of(v_load_masked(present, upper + i)), 16);
        v_store_masked((float *) to + i, present, v_from_bits(v_or(low, high)));
    }
}

static void write_bf16(const head_rows *h) {
    uint16_t codes[DENDRA_MAX_HEAD_DIMENSION + LANES];
    uint16_t *keys = (uint16_t *) h->key_piece;
    uint16_t *values = (uint16_t *) h->value_piece;
    for (int64_t i = 0; i < h->count; i++) {
        round_head(h->keys + i * h->key_stride, h->dimension, codes);
        uint16_t *key = keys + dendra_kv_key_at(DENDRA_KV_BF16, h->slot + i, 0);
        for (int64_t d = 0; d < h->dimension; d++) {
            key[d * DENDRA_KV_BLOCK_TOKENS] = codes[d];
        }
    }
    for (int64_t i = 0; i < h->count;) {
        const float *value = h->values + i * h->value_stride;
        int64_t at = dendra_kv_value_at(DENDRA_KV_BF16, h->dimension, h->slot + i, 0);
        if ((h->slot + i) % 2 == 0 && i + 1 < h->count) {
            write_pair(value, value + h->value_stride, h->dimension, (char *) (values + at));
            i += 2;
        } else {
            round_head(value, h->dimension, codes);
            for (int64_t d = 0; d < h->dimension; d++) {
                values[at + 2 * d] = codes[d];
            }
            i++;
        }
    }
}

/* Codes of a head in int8, and their scale; room for a register more than the head has is needed. */
static float quantize_head(const float *x, int64_t dimension, int8_t *codes) {
    v_floats largest = v_zero();
    v_floats products = v_zero(); /* with zero: not zero if an element is not finite */
    for (int64_t i = 0; i < dimension; i += LANES) {
        v_floats elements = v_load_masked(v_first(dimension - i), x + i);
        largest = v_larger(v_magnitude(elements), largest);
        products = v_fma(elements, v_zero(), products);
    }
    float most = v_largest(largest);
    float inverse = 127 / most;
    bool finite = v_sum(products) == 0;
    v_floats factor = v_splat(finite && !isinf(inverse) ? inverse : 0);
    for (int64_t i = 0; i < dimension; i += LANES) {
        v_floats scaled = v_mul(v_load_masked(v_first(dimension - i), x + i), factor);
        v_store_bytes(codes + i, v_round(v_zero_where(v_is_nan(scaled), scaled)));
    }
    return !finite ? NAN : isinf(inverse) ? 0 : most / 127;
}

static void write_int8(const head_rows *h) {
    int8_t codes[DENDRA_MAX_HEAD_DIMENSION + LANES];
    int64_t scale_bytes = dendra_kv_scale_bytes(DENDRA_KV_INT8);
    float *key_scales = (float *) h->key_piece;
    float *value_scales = (float *) h->value_piece;
    int8_t *keys = (int8_t *) h->key_piece + scale_bytes;
    int8_t *values = (int8_t *) h->value_piece + scale_bytes;
    for (int64_t i = 0; i < h->count; i++) {
        int64_t slot = h->slot + i;
        key_scales[slot] = quantize_head(h->keys + i * h->key_stride, h->dimension, codes);
        for (int64_t d = 0; d < h->dimension; d++) {
            keys[d * DENDRA_KV_BLOCK_TOKENS + slot] = codes[d];
        }
        value_scales[slot] = quantize_head(h->values + i * h->value_stride, h->dimension, codes);
        memcpy(values + slot * h->dimension, codes, (size_t) h->dimension);
    }
}

void KERNEL(write_kv)(const dendra_write_kv_job *job) {
    const dendra_kv *cache = &job->cache;
    int64_t count;
    for (int64_t row = job->row_from; row < job->row_to; row += count) {
        count = neighbours(&job->step, row, job->row_to);
        int64_t position = job->step.positions[row];
        int64_t block = job->step.blocks[job->step.table_starts[row] + position / DENDRA_KV_BLOCK_TOKENS];
        for (int64_t head = 0; head < cache->kv_heads; head++) {
            int64_t column = head * cache->head_dimension;
            head_rows h = {.dimension = cache->head_dimension,
                           .count = count,
                           .slot = position % DENDRA_KV_BLOCK_TOKENS,
                           .keys = job->keys.data + row * job->keys.stride + column,
                           .key_stride = job->keys.stride,
                           .values = job->values.data + row * job->values.stride + column,
                           .value_stride = job->values.stride,
                           .key_piece = dendra_kv_keys(cache, job->layer, block, head),
                           .value_piece = dendra_kv_values(cache, job->layer, block, head)};
            switch (cache->type) {
            case DENDRA_KV_BF16:
                write_bf16(&h);
                break;
            case DENDRA_KV_INT8:
                write_int8(&h);
                break;
            default:
                write_f32(&h);
            }
        }
    }
}
