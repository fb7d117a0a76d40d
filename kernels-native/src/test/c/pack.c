/* SPDX-License-Identifier: Apache-2.0 */
/* Random weights, placed as dev.dendra.tensor.PanelLayout's table says, apart from the code that reads them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

const char *check_encoding_name(int32_t encoding) {
    static const char *const NAMES[DENDRA_ENCODING_COUNT] = {"f32", "bf16", "i8", "i8g32", "u4g32"};
    return NAMES[encoding];
}

/* A half-precision number, and its value. */
typedef struct half {
    uint16_t bits;
    float value;
} half;

static half half_of(uint16_t bits) {
    int exponent = bits >> 10 & 0x1f;
    float fraction = (float) (bits & 0x3ff) + (exponent == 0 ? 0 : 0x400);
    float magnitude = ldexpf(fraction, (exponent == 0 ? 1 : exponent) - 25);
    return (half) {bits, bits >> 15 ? -magnitude : magnitude};
}

static half random_half(check *c, enum check_style style) {
    /* zero, the smallest, the largest subnormal, the smallest normal, one, the largest; and all negative */
    static const int32_t EDGES[] = {0, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff,
                                    0x8000, 0x8001, 0x83ff, 0x8400, 0xbc00, 0xfbff};
    if (style == CHECK_EXTREME) {
        return half_of((uint16_t) CHECK_PICK(c, EDGES));
    }
    /* 2^-9 to 2^-5, either sign */
    uint64_t random = check_random(c);
    return half_of((uint16_t) ((random & 0x83ff) | (6 + (random >> 16) % 4) << 10));
}

static int32_t random_code(check *c, int32_t encoding, enum check_style style) {
    static const int32_t SIGNED[] = {-128, -127, -1, 0, 127};
    static const int32_t UNSIGNED[] = {0, 15};
    if (encoding == DENDRA_U4G32) {
        return style == CHECK_EXTREME ? CHECK_PICK(c, UNSIGNED) : (int32_t) check_random_between(c, 0, 15);
    }
    return style == CHECK_EXTREME ? CHECK_PICK(c, SIGNED) : (int32_t) check_random_between(c, -128, 127);
}

static float random_scale(check *c, enum check_style style) {
    return check_random_float(c, style == CHECK_EXTREME ? ldexpf(1, (int) check_random_between(c, -40, 40)) : 0.1f);
}

static void widen(float *largest, float magnitude) {
    if (fabsf(magnitude) > *largest) {
        *largest = fabsf(magnitude);
    }
}

/* A panel's block of scaled codes for output n and inputs from .. from + 32 of its group, or all of K for i8. */
static void pack_codes(
    check *c, const dendra_weights *w, int64_t n, int64_t from, int64_t to, enum check_style style, uint8_t *block) {
    for (int64_t k = from; k < to; k++) {
        int32_t code = random_code(c, w->encoding, style);
        int64_t lane = n % 16 * 4 + k % 4;
        if (w->encoding == DENDRA_U4G32) {
            int64_t j = k % 32;
            block[64 + j / 8 * 64 + lane] |= (uint8_t) (code << (j / 4 % 2 == 0 ? 0 : 4));
        } else {
            int64_t j = w->encoding == DENDRA_I8 ? k : k % 64;
            block[64 + j / 4 * 64 + lane] = (uint8_t) code;
        }
    }
}

static void pack_output(check *c, check_packed *p, int64_t n, enum check_style style) {
    const dendra_weights *w = &p->w;
    uint8_t *panel = (uint8_t *) w->data + n / 16 * dendra_panel_bytes(w);
    float *largest = &p->largest[n];
    int64_t lane = n % 16;
    if (w->encoding == DENDRA_F32 || w->encoding == DENDRA_BF16) {
        for (int64_t k = 0; k < w->columns; k++) {
            float value = random_scale(c, style);
            widen(largest, value * 1.01f); /* room for rounding to bfloat16 */
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            if (w->encoding == DENDRA_F32) {
                memcpy(panel + k * 64 + lane * 4, &bits, 4);
            } else {
                uint16_t upper = (uint16_t) (bits >> 16);
                memcpy(panel + k / 2 * 64 + lane * 4 + k % 2 * 2, &upper, 2);
            }
        }
        return;
    }
    if (w->encoding == DENDRA_I8) {
        float scale = random_scale(c, style);
        memcpy(panel + lane * 4, &scale, 4);
        *largest = fabsf(scale) * 128;
        pack_codes(c, w, n, 0, w->columns, style, panel);
        return;
    }
    for (int64_t from = 0; from < w->columns; from += 32) {
        int64_t to = from + 32 < w->columns ? from + 32 : w->columns;
        half scale = random_half(c, style);
        uint8_t *block;
        if (w->encoding == DENDRA_I8G32) {
            block = panel + from / 64 * (64 + 1024);
            memcpy(block + lane * 4 + from % 64 / 32 * 2, &scale.bits, 2);
            widen(largest, scale.value * 128 * 1.01f);
        } else {
            half minimum = random_half(c, style);
            block = panel + from / 32 * (64 + 256);
            memcpy(block + lane * 4, &scale.bits, 2);
            memcpy(block + lane * 4 + 2, &minimum.bits, 2);
            widen(largest, (fabsf(scale.value) * 15 + fabsf(minimum.value)) * 1.01f);
        }
        pack_codes(c, w, n, from, to, style, block);
    }
}

check_packed check_pack(check *c, int32_t encoding, int32_t rows, int32_t columns, enum check_style style) {
    check_packed p = {.w = {NULL, encoding, rows, columns, 0}};
    p.memory = check_allocate((size_t) (dendra_panels(&p.w) * dendra_panel_bytes(&p.w)));
    memset(p.memory.data, 0, p.memory.bytes);
    p.w.data = p.memory.data;
    p.largest = calloc((size_t) dendra_panels(&p.w) * 16, sizeof(float));
    for (int64_t n = 0; n < rows; n++) {
        pack_output(c, &p, n, style);
    }
    return p;
}

void check_release_packed(check *c, check_packed *packed) {
    check_release(c, &packed->memory, "weights");
    free(packed->largest);
}
