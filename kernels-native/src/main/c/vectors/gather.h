/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of an embedding table. An output's codes lie in quads, one of each line, so that a row costs a line of memory for
 * every quad whatever is computed; the codes of a group are collected first and decoded together.
 */
#include <string.h>

#include "../layout.h"

static void store_first(float *y, int64_t count, v_floats x) {
    if (count >= LANES) {
        v_store(y, x);
    } else {
        v_store_masked(y, v_first(count), x);
    }
}

static float half_at(const uint8_t *place) {
    uint16_t half;
    memcpy(&half, place, sizeof half);
    return _cvtsh_ss(half);
}

static void gather_f32(const uint8_t *lane, int64_t columns, float *y) {
    for (int64_t k = 0; k < columns; k++) {
        memcpy(y + k, lane + k * DENDRA_LINE_BYTES, sizeof *y);
    }
}

static void gather_bf16(const uint8_t *lane, int64_t columns, float *y) {
    for (int64_t k = 0; k < columns; k++) {
        uint16_t half;
        memcpy(&half, lane + k / 2 * DENDRA_LINE_BYTES + k % 2 * sizeof half, sizeof half);
        uint32_t bits = (uint32_t) half << 16;
        memcpy(y + k, &bits, sizeof *y);
    }
}

/* A group of 32 codes; `lane` is the output's quad in the first line. */
static void scale_codes(const int8_t *codes, float scale, int64_t count, float *y) {
    for (int64_t k = 0; k < DENDRA_GROUP && k < count; k += LANES) {
        store_first(y + k, count - k, v_mul(v_load_bytes(codes + k), v_splat(scale)));
    }
}

static void collect_bytes(const uint8_t *lane, int8_t codes[DENDRA_GROUP]) {
    for (int quad = 0; quad < DENDRA_GROUP / 4; quad++) {
        memcpy(codes + 4 * quad, lane + quad * DENDRA_LINE_BYTES, 4);
    }
}

static void gather_i8(const uint8_t *lane, int64_t columns, float *y) {
    float scale;
    memcpy(&scale, lane, sizeof scale);
    for (int64_t k = 0; k < columns; k += DENDRA_GROUP) {
        int8_t codes[DENDRA_GROUP];
        collect_bytes(lane + (1 + k / 4) * DENDRA_LINE_BYTES, codes);
        scale_codes(codes, scale, columns - k, y + k);
    }
}

static void gather_i8g32(const uint8_t *lane, int64_t block_bytes, int64_t columns, float *y) {
    for (int64_t k = 0; k < columns; k += DENDRA_GROUP) {
        const uint8_t *block = lane + k / 64 * block_bytes;
        int8_t codes[DENDRA_GROUP];
        collect_bytes(block + (1 + k % 64 / 4) * DENDRA_LINE_BYTES, codes);
        scale_codes(codes, half_at(block + k % 64 / 32 * 2), columns - k, y + k);
    }
}

static void gather_u4g32(const uint8_t *lane, int64_t block_bytes, int64_t columns, float *y) {
    for (int64_t k = 0; k < columns; k += DENDRA_GROUP) {
        const uint8_t *block = lane + k / DENDRA_GROUP * block_bytes;
        int8_t codes[DENDRA_GROUP];
        for (int pair = 0; pair < DENDRA_GROUP / 8; pair++) {
            uint32_t nibbles;
            memcpy(&nibbles, block + (1 + pair) * DENDRA_LINE_BYTES, sizeof nibbles);
            uint32_t even = nibbles & 0x0f0f0f0f;
            uint32_t odd = nibbles >> 4 & 0x0f0f0f0f;
            memcpy(codes + 8 * pair, &even, sizeof even);
            memcpy(codes + 8 * pair + 4, &odd, sizeof odd);
        }
        v_floats scale = v_splat(half_at(block));
        v_floats minimum = v_splat(half_at(block + 2));
        for (int64_t i = 0; i < DENDRA_GROUP && k + i < columns; i += LANES) {
            store_first(y + k + i, columns - k - i, v_fma(scale, v_load_bytes(codes + i), minimum));
        }
    }
}

void KERNEL(gather)(const dendra_gather_job *job) {
    const dendra_weights *table = &job->table;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        int32_t token = job->step.tokens[row];
        const uint8_t *lane = dendra_panel(table, token / DENDRA_PANEL_ROWS) + token % DENDRA_PANEL_ROWS * 4;
        float *y = job->y.data + row * job->y.stride;
        switch (table->encoding) {
        case DENDRA_F32:
            gather_f32(lane, table->columns, y);
            break;
        case DENDRA_BF16:
            gather_bf16(lane, table->columns, y);
            break;
        case DENDRA_I8:
            gather_i8(lane, table->columns, y);
            break;
        case DENDRA_I8G32:
            gather_i8g32(lane, dendra_block_bytes(table), table->columns, y);
            break;
        default:
            gather_u4g32(lane, dendra_block_bytes(table), table->columns, y);
        }
    }
}
