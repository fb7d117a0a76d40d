/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding of activations to int8, to int16 in two planes, and to bfloat16. */
#include "scalar_weights.h"

static float largest_magnitude(const float *x, int64_t count) {
    float largest = 0;
    for (int64_t k = 0; k < count; k++) {
        if (fabsf(x[k]) > largest) { /* never for a NaN */
            largest = fabsf(x[k]);
        }
    }
    return largest;
}

/* Rounds `count` elements, one group; `at` is its first code and `group` its index among the groups. */
static void round_group(const float *x, int64_t count, const dendra_codes *y, int64_t at, int64_t group) {
    float largest_code = y->low_codes == NULL ? 127 : 32512;
    float largest = largest_magnitude(x, count);
    float inverse = largest_code / largest;
    int32_t sum = 0;
    int32_t low_sum = 0;
    for (int64_t k = 0; k < count; k++) {
        float scaled = x[k] * inverse;
        int32_t code = isinf(inverse) || isnan(scaled) ? 0 : (int32_t) rintf(scaled);
        if (y->low_codes != NULL) {
            int32_t high = (code + 128) >> 8;
            int32_t low = code - 256 * high;
            y->low_codes[at + k] = (int8_t) low;
            low_sum += low;
            code = high;
        }
        y->codes[at + k] = (int8_t) code;
        sum += code;
    }
    y->scales[group] = isinf(inverse) ? 0 : largest / largest_code;
    y->sums[group] = sum;
    if (y->low_codes != NULL) {
        y->low_sums[group] = low_sum;
    }
}

static int64_t clamped(int64_t value, int64_t most) { return value < 0 ? 0 : value > most ? most : value; }

/* Padding is written too: zero codes, and zero scales and sums for groups of nothing else. */
void dendra_quantize__scalar(const dendra_quantize_job *job) {
    const dendra_codes *y = &job->y;
    int64_t size = y->group == 0 ? y->stride : y->group;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        for (int64_t from = 0; from < y->stride; from += size) {
            int64_t at = row * y->stride + from;
            int64_t count = clamped(job->x.columns - from, size);
            round_group(x + from, count, y, at, at / size);
            memset(y->codes + at + count, 0, (size_t) (size - count));
            if (y->low_codes != NULL) {
                memset(y->low_codes + at + count, 0, (size_t) (size - count));
            }
        }
    }
}

void dendra_round_bf16__scalar(const dendra_round_bf16_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        uint16_t *y = job->y.data + row * job->y.stride;
        for (int64_t k = 0; k < job->y.stride; k++) {
            y[k] = k < job->x.columns ? scalar_bf16_of_float(x[k]) : 0;
        }
    }
}
