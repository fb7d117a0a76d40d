/* SPDX-License-Identifier: Apache-2.0 */
/* Panels of sparse matrices as dense ones, byte by byte. */
#include <string.h>

#include "matmul.h"

typedef struct line {
    uint8_t bytes[DENDRA_LINE_BYTES];
} line;

static line line_load(const uint8_t *p) {
    line x;
    memcpy(&x, p, sizeof x);
    return x;
}

static void line_store(uint8_t *p, line x) { memcpy(p, &x, sizeof x); }

/* Elements of `size` bytes. */
static line spread(uint64_t mask, int size, const uint8_t *p) {
    line x = {{0}};
    for (int i = 0; i < DENDRA_LINE_BYTES / size; i++) {
        if (mask >> i & 1) {
            memcpy(x.bytes + i * size, p, (size_t) size);
            p += size;
        }
    }
    return x;
}

static line line_bytes(uint64_t mask, const uint8_t *p) { return spread(mask, 1, p); }
static line line_words(uint32_t mask, const uint8_t *p) { return spread(mask, 2, p); }
static line line_quads(uint16_t mask, const uint8_t *p) { return spread(mask, 4, p); }

static line nibbles(const uint8_t *p) {
    line x;
    for (int i = 0; i < DENDRA_LINE_BYTES; i++) {
        x.bytes[i] = i % 2 == 0 ? p[i / 2] & 0xf : p[i / 2] >> 4;
    }
    return x;
}

static line line_live_nibbles(uint64_t mask, const uint8_t *p) { return spread(mask, 1, nibbles(p).bytes); }
static line line_quads_of_nibbles(uint16_t mask, const uint8_t *p) { return spread(mask, 4, nibbles(p).bytes); }
static line line_if(int live, const uint8_t *p) { return live ? line_load(p) : (line) {{0}}; }
static line line_nibbles_if(int live, const uint8_t *p) { return live ? nibbles(p) : (line) {{0}}; }

static line line_flipped(line x) {
    for (int i = 0; i < DENDRA_LINE_BYTES; i++) {
        x.bytes[i] ^= 8;
    }
    return x;
}

static line line_joined_nibbles(line low, line high) {
    for (int i = 0; i < DENDRA_LINE_BYTES; i++) {
        low.bytes[i] = (uint8_t) (low.bytes[i] | high.bytes[i] << 4);
    }
    return low;
}

#include "vectors/expand.h"

void dendra_expand_panel__scalar(const dendra_weights *w, int64_t panel, uint8_t *image) {
    expand_any(w, panel, image);
}
