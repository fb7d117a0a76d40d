/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bytes of sparse matrices lie, dev.dendra.sparse.SparseLayout, and the products with them. */
#ifndef DENDRA_INTERNAL_SPARSE_H
#define DENDRA_INTERNAL_SPARSE_H

#include <string.h>

#include "layout.h"

enum { TILE_QUADS = 16 };

/* Quad-lines of a panel, 16 outputs by 4 inputs each. */
static inline int64_t dendra_quads(const dendra_weights *w) { return dendra_padded_columns(w->columns) / 4; }

/* Bytes of the masks that a panel begins with. */
static inline int64_t dendra_mask_bytes(const dendra_weights *w) {
    const int64_t quads = dendra_quads(w);
    int64_t bytes;
    switch (w->pattern) {
    case DENDRA_UNSTRUCTURED:
        bytes = quads * 8;
        break;
    case DENDRA_QUADS:
        bytes = quads * 2;
        break;
    case DENDRA_LINES:
        bytes = quads / 8;
        break;
    default:
        bytes = (quads / TILE_QUADS + 7) / 8;
    }
    return dendra_padded(bytes, DENDRA_LINE_BYTES);
}

/* The masks of a panel. */
static inline const uint8_t *dendra_masks(const dendra_weights *w, int64_t panel) {
    uint64_t offset;
    memcpy(&offset, (const uint8_t *) w->data + panel * 8, sizeof offset);
    return (const uint8_t *) w->data + offset;
}

/* The first block of a panel. */
static inline const uint8_t *dendra_live_blocks(const dendra_weights *w, int64_t panel) {
    return dendra_masks(w, panel) + dendra_mask_bytes(w);
}

/* Where bytes end that may be read: there are 64 behind the last panel. */
static inline const uint8_t *dendra_sparse_end(const dendra_weights *w) {
    uint64_t offset;
    memcpy(&offset, (const uint8_t *) w->data + dendra_panels(w) * 8, sizeof offset);
    return (const uint8_t *) w->data + offset + DENDRA_LINE_BYTES;
}

static inline uint64_t dendra_mask64(const uint8_t *masks, int64_t quad) {
    uint64_t mask;
    memcpy(&mask, masks + quad * 8, sizeof mask);
    return mask;
}
static inline uint32_t dendra_mask32(const uint8_t *masks, int64_t index) {
    uint32_t mask;
    memcpy(&mask, masks + index * 4, sizeof mask);
    return mask;
}
static inline uint16_t dendra_mask16(const uint8_t *masks, int64_t index) {
    uint16_t mask;
    memcpy(&mask, masks + index * 2, sizeof mask);
    return mask;
}
static inline int dendra_mask_bit(const uint8_t *masks, int64_t index) { return masks[index / 8] >> index % 8 & 1; }

/* Writes the numbers of the bits that are set; by words, since the end of each is guessed wrong. Returns their number. */
static inline int64_t dendra_list_bits(const uint8_t *masks, int64_t bits, uint16_t *numbers) {
    int64_t count = 0;
    for (int64_t i = 0; i < bits; i += 64) {
        for (uint64_t word = dendra_mask64(masks, i / 64); word != 0; word &= word - 1) {
            numbers[count++] = (uint16_t) (i + __builtin_ctzll(word));
        }
    }
    return count;
}

/*
 * Products with a sparse matrix: by the instruction set's own way if there is one, else by its kernel for dense ones. The
 * job was checked.
 */
void dendra_sparse_matmul_f32(const dendra_kernel_table *kernels, const dendra_matmul_f32_job *job);
void dendra_sparse_matmul_codes(const dendra_kernel_table *kernels, const dendra_matmul_codes_job *job);
void dendra_sparse_matmul_bf16(const dendra_kernel_table *kernels, const dendra_matmul_bf16_job *job);

/* Matrices of whole lines, 16x4 and 16x64, and more than a few rows. */
void dendra_multiply_live_lines__avx512(const dendra_matmul_codes_job *job);

#endif
