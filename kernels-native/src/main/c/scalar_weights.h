/* SPDX-License-Identifier: Apache-2.0 */
/* Reads single weights straight from the table in dev.dendra.tensor.PanelLayout; valid for padding too. */
#ifndef DENDRA_INTERNAL_SCALAR_WEIGHTS_H
#define DENDRA_INTERNAL_SCALAR_WEIGHTS_H

#include <math.h>
#include <string.h>

#include "layout.h"

static inline float scalar_float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t scalar_bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float scalar_float_of_bf16(uint16_t bits) { return scalar_float_of_bits((uint32_t) bits << 16); }

/* To nearest, ties to even; a NaN stays one. */
static inline uint16_t scalar_bf16_of_float(float value) {
    uint32_t bits = scalar_bits_of_float(value);
    if (isnan(value)) {
        return (uint16_t) (bits >> 16 | 0x40);
    }
    return (uint16_t) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* IEEE half precision, exactly. */
static inline float scalar_float_of_half(const uint8_t *place) {
    uint16_t half;
    memcpy(&half, place, sizeof half);
    int exponent = half >> 10 & 0x1f;
    int fraction = half & 0x3ff;
    float magnitude;
    if (exponent == 0x1f) {
        magnitude = fraction == 0 ? INFINITY : NAN;
    } else if (exponent == 0) {
        magnitude = ldexpf((float) fraction, -24);
    } else {
        magnitude = ldexpf((float) (fraction + 0x400), exponent - 25);
    }
    return half >> 15 ? -magnitude : magnitude;
}

/* The block that holds input k of output n: its line of scales, where it has one, comes first. */
static inline const uint8_t *scalar_block(const dendra_weights *w, int64_t n, int64_t k) {
    return dendra_panel(w, n / DENDRA_PANEL_ROWS) + k / dendra_block_columns(w) * dendra_block_bytes(w);
}

/* Integer code of a weight of an integer encoding. */
static inline int32_t scalar_code(const dendra_weights *w, int64_t n, int64_t k) {
    const uint8_t *codes = scalar_block(w, n, k) + DENDRA_LINE_BYTES;
    int64_t j = k % dendra_block_columns(w);
    int64_t lane = n % DENDRA_PANEL_ROWS;
    if (w->encoding == DENDRA_U4G32) {
        uint8_t pair = codes[j / 8 * 64 + lane * 4 + j % 4];
        return j / 4 % 2 == 0 ? pair & 0xf : pair >> 4;
    }
    return (int8_t) codes[j / 4 * 64 + lane * 4 + j % 4];
}

/* Scale of output n and input k, of an integer encoding. */
static inline float scalar_scale(const dendra_weights *w, int64_t n, int64_t k) {
    const uint8_t *scales = scalar_block(w, n, k) + n % DENDRA_PANEL_ROWS * 4;
    if (w->encoding == DENDRA_I8) {
        float scale;
        memcpy(&scale, scales, sizeof scale);
        return scale;
    }
    return scalar_float_of_half(w->encoding == DENDRA_I8G32 ? scales + k % 64 / 32 * 2 : scales);
}

/* Minimum of output n and input k, of encoding u4g32. */
static inline float scalar_minimum(const dendra_weights *w, int64_t n, int64_t k) {
    return scalar_float_of_half(scalar_block(w, n, k) + n % DENDRA_PANEL_ROWS * 4 + 2);
}

/* The weight of output n and input k. */
static inline float scalar_weight(const dendra_weights *w, int64_t n, int64_t k) {
    const uint8_t *panel = dendra_panel(w, n / DENDRA_PANEL_ROWS);
    int64_t lane = n % DENDRA_PANEL_ROWS;
    switch (w->encoding) {
    case DENDRA_F32: {
        float value;
        memcpy(&value, panel + k * 64 + lane * 4, sizeof value);
        return value;
    }
    case DENDRA_BF16: {
        uint16_t bits;
        memcpy(&bits, panel + k / 2 * 64 + lane * 4 + k % 2 * 2, sizeof bits);
        return scalar_float_of_bf16(bits);
    }
    case DENDRA_U4G32:
        return fmaf(scalar_scale(w, n, k), (float) scalar_code(w, n, k), scalar_minimum(w, n, k));
    default:
        return (float) scalar_code(w, n, k) * scalar_scale(w, n, k);
    }
}

#endif
