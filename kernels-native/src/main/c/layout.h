/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of packed weights and of the KV cache lie: dev.dendra.tensor.PanelLayout, dev.dendra.kernels.KvLayout. */
#ifndef DENDRA_INTERNAL_LAYOUT_H
#define DENDRA_INTERNAL_LAYOUT_H

#include <stdbool.h>

#include "kernels.h"

static inline int64_t dendra_padded(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/* K padded to 64. */
static inline int64_t dendra_padded_columns(int64_t columns) { return dendra_padded(columns, 64); }

static inline int64_t dendra_panels(const dendra_weights *w) {
    return ((int64_t) w->rows + DENDRA_PANEL_ROWS - 1) / DENDRA_PANEL_ROWS;
}

/* Inputs of a block. */
static inline int64_t dendra_block_columns(const dendra_weights *w) {
    switch (w->encoding) {
    case DENDRA_I8G32:
        return 64;
    case DENDRA_U4G32:
        return 32;
    default:
        return dendra_padded_columns(w->columns);
    }
}

static inline bool dendra_has_scales(int32_t encoding) { return encoding != DENDRA_F32 && encoding != DENDRA_BF16; }

static inline int64_t dendra_code_bits(int32_t encoding) {
    switch (encoding) {
    case DENDRA_F32:
        return 32;
    case DENDRA_BF16:
        return 16;
    case DENDRA_U4G32:
        return 4;
    default:
        return 8;
    }
}

/* Bytes of a block: its line of scales, if it has one, and its lines of codes. */
static inline int64_t dendra_block_bytes(const dendra_weights *w) {
    int64_t scales = dendra_has_scales(w->encoding) ? DENDRA_LINE_BYTES : 0;
    return scales + dendra_block_columns(w) * DENDRA_PANEL_ROWS * dendra_code_bits(w->encoding) / 8;
}

static inline int64_t dendra_panel_bytes(const dendra_weights *w) {
    return dendra_padded_columns(w->columns) / dendra_block_columns(w) * dendra_block_bytes(w);
}

static inline const uint8_t *dendra_panel(const dendra_weights *w, int64_t panel) {
    return (const uint8_t *) w->data + panel * dendra_panel_bytes(w);
}

/* Bytes of an element of the cache. */
static inline int64_t dendra_kv_element_bytes(int32_t type) {
    return type == DENDRA_KV_F32 ? 4 : type == DENDRA_KV_BF16 ? 2 : 1;
}

/* Bytes before the elements of a piece: with int8 the scales of its tokens, f32 [32]. */
static inline int64_t dendra_kv_scale_bytes(int32_t type) {
    return type == DENDRA_KV_INT8 ? DENDRA_KV_BLOCK_TOKENS * (int64_t) sizeof(float) : 0;
}

/* Bytes of a piece: the keys, or the values, of one head in one block. */
static inline int64_t dendra_kv_piece_bytes(const dendra_kv *kv) {
    int64_t elements = (int64_t) DENDRA_KV_BLOCK_TOKENS * kv->head_dimension;
    int64_t bytes = dendra_kv_scale_bytes(kv->type) + elements * dendra_kv_element_bytes(kv->type);
    return dendra_padded(bytes, DENDRA_LINE_BYTES);
}

static inline int64_t dendra_kv_bytes(const dendra_kv *kv) {
    return (int64_t) kv->layers * kv->blocks * 2 * kv->kv_heads * dendra_kv_piece_bytes(kv);
}

/* Keys of a head in a block. */
static inline char *dendra_kv_keys(const dendra_kv *kv, int64_t layer, int64_t block, int64_t kv_head) {
    return (char *) kv->data + ((block * kv->layers + layer) * 2 * kv->kv_heads + kv_head) * dendra_kv_piece_bytes(kv);
}

/* Values of a head in a block. */
static inline char *dendra_kv_values(const dendra_kv *kv, int64_t layer, int64_t block, int64_t kv_head) {
    return dendra_kv_keys(kv, layer, block, kv->kv_heads + kv_head);
}

/*
 * Index of element `d` of the key in slot `slot`, among the elements of its piece: [head_dimension][32], but in bf16
 * [head_dimension][16][2], where tokens i and i + 16 share 32 bits.
 */
static inline int64_t dendra_kv_key_at(int32_t type, int64_t slot, int64_t d) {
    int64_t token = type == DENDRA_KV_BF16 ? slot % 16 * 2 + slot / 16 : slot;
    return d * DENDRA_KV_BLOCK_TOKENS + token;
}

/*
 * Index of element `d` of the value in slot `slot`: [32][head_dimension], but in bf16 [16][head_dimension][2], where
 * tokens 2i and 2i + 1 share 32 bits.
 */
static inline int64_t dendra_kv_value_at(int32_t type, int64_t head_dimension, int64_t slot, int64_t d) {
    return type == DENDRA_KV_BF16 ? (slot / 2 * head_dimension + d) * 2 + slot % 2 : slot * head_dimension + d;
}

#endif
