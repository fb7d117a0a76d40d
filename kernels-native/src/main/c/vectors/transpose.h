/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_TRANSPOSE_H
#define DENDRA_VECTORS_TRANSPOSE_H

/* Makes rows columns: element i of row r, for `count` elements of one row or four, goes to to[i * stride + r]. */
static inline void transpose_one(const float *row, int64_t count, float *to, int64_t stride) {
    for (int64_t i = 0; i < count; i++) {
        to[i * stride] = row[i];
    }
}

static inline void transpose_four(const float *const rows[4], int64_t count, float *to, int64_t stride) {
    int64_t whole = count & -4;
    for (int64_t i = 0; i < whole; i += 4) {
        __m128 a = _mm_loadu_ps(rows[0] + i);
        __m128 b = _mm_loadu_ps(rows[1] + i);
        __m128 c = _mm_loadu_ps(rows[2] + i);
        __m128 d = _mm_loadu_ps(rows[3] + i);
        _MM_TRANSPOSE4_PS(a, b, c, d);
        _mm_storeu_ps(to + i * stride, a);
        _mm_storeu_ps(to + (i + 1) * stride, b);
        _mm_storeu_ps(to + (i + 2) * stride, c);
        _mm_storeu_ps(to + (i + 3) * stride, d);
    }
    for (int r = 0; r < 4; r++) {
        transpose_one(rows[r] + whole, count - whole, to + whole * stride + r, stride);
    }
}

#endif
