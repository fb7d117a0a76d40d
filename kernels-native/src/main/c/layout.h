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

/* Elements of the keys, or of the values, of one head in one block. */
static inline int64_t dendra_kv_head_elements(const dendra_kv *kv) {
    return (int64_t) DENDRA_KV_BLOCK_TOKENS * kv->head_dimension;
}

/* Keys of a head in a block, [head_dimension][32]. */
static inline float *dendra_kv_keys(const dendra_kv *kv, int64_t layer, int64_t block, int64_t kv_head) {
    return kv->data + ((layer * kv->blocks + block) * 2 * kv->kv_heads + kv_head) * dendra_kv_head_elements(kv);
}

/* Values of a head in a block, [32][head_dimension]. */
static inline float *dendra_kv_values(const dendra_kv *kv, int64_t layer, int64_t block, int64_t kv_head) {
    return dendra_kv_keys(kv, layer, block, kv->kv_heads + kv_head);
}

#endif
