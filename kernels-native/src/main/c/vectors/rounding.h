/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding of activations to int8, to int16 in two planes, and to bfloat16; bit for bit what the scalar kernels give. */
#include <math.h>
#include <stdbool.h>

#include "../kernels.h"
#include "bfloat16.h"

/* Largest magnitude; NaN never is. */
ALWAYS_INLINE float largest_magnitude(const float *x, int64_t count) {
    v_floats largest = v_zero();
    int64_t k = 0;
    for (; k + LANES <= count; k += LANES) {
        largest = v_larger(v_magnitude(v_load(x + k)), largest);
    }
    if (k < count) {
        largest = v_larger(v_magnitude(v_load_masked(v_first(count - k), x + k)), largest);
    }
    return v_largest(largest);
}

/* Rounds one group of `count` elements; codes up to `size` become zero. */
ALWAYS_INLINE void round_group(
    const float *x, int64_t count, int64_t size, bool planes, const dendra_codes *y, int64_t at, int64_t group) {
    float largest_code = planes ? 32512 : 127;
    float largest = largest_magnitude(x, count);
    float inverse = largest_code / largest;
    bool vanishing = isinf(inverse); /* all so small that all become zero */
    v_floats factor = v_splat(vanishing ? 0 : inverse);
    v_ints sums = v_splat_int(0);
    v_ints low_sums = v_splat_int(0);
    for (int64_t k = 0; k < size; k += LANES) {
        v_floats elements = k + LANES <= count ? v_load(x + k) : v_load_masked(v_first(count - k), x + k);
        v_floats scaled = v_mul(elements, factor);
        /* NaN: a NaN activation, and an infinite one times a factor of 0. */
        v_ints codes = v_round(v_zero_where(v_is_nan(scaled), scaled));
        if (planes) {
            v_ints high = v_shift_right_signed(v_add_ints(codes, v_splat_int(128)), 8);
            v_ints low = v_sub_ints(codes, v_shift_left(high, 8));
            v_store_bytes(y->low_codes + at + k, low);
            low_sums = v_add_ints(low_sums, low);
            codes = high;
        }
        v_store_bytes(y->codes + at + k, codes);
        sums = v_add_ints(sums, codes);
    }
    y->scales[group] = vanishing ? 0 : largest / largest_code;
    y->sums[group] = v_sum_ints(sums);
    if (planes) {
        y->low_sums[group] = v_sum_ints(low_sums);
    }
}

ALWAYS_INLINE void quantize_row(const float *x, int64_t columns, bool planes, const dendra_codes *y, int64_t row) {
    int64_t at = row * y->stride;
    if (y->group == 0) {
        round_group(x, columns, y->stride, planes, y, at, row);
        return;
    }
    int64_t from = 0;
    for (; from + DENDRA_GROUP <= columns; from += DENDRA_GROUP) {
        round_group(x + from, DENDRA_GROUP, DENDRA_GROUP, planes, y, at + from, (at + from) / DENDRA_GROUP);
    }
    for (; from < y->stride; from += DENDRA_GROUP) {
        int64_t count = columns > from ? columns - from : 0;
        round_group(x + from, count, DENDRA_GROUP, planes, y, at + from, (at + from) / DENDRA_GROUP);
    }
}

void KERNEL(quantize)(const dendra_quantize_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        if (job->y.low_codes == NULL) {
            quantize_row(x, job->x.columns, false, &job->y, row);
        } else {
            quantize_row(x, job->x.columns, true, &job->y, row);
        }
    }
}

void KERNEL(round_bf16)(const dendra_round_bf16_job *job) {
    int64_t columns = job->x.columns;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        uint16_t *y = job->y.data + row * job->y.stride;
        int64_t k = 0;
        for (; k + LANES <= columns; k += LANES) {
            v_store_halves(y + k, bf16_of(v_load(x + k)));
        }
        for (; k < job->y.stride; k += LANES) { /* the rest and the padding */
            v_store_halves(y + k, bf16_of(v_load_masked(v_first(columns - k), x + k)));
        }
    }
}
