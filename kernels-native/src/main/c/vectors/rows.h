/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on rows whose elements meet no other row: norm, sums, gate. */
#include <math.h>

#include "exp.h"
#include "../kernels.h"

static float sum_of_squares(const float *x, int64_t columns) {
    v_floats sums[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
    int64_t k = 0;
    for (; k + 4 * LANES <= columns; k += 4 * LANES) {
        UNROLLED
        for (int i = 0; i < 4; i++) {
            v_floats elements = v_load(x + k + i * LANES);
            sums[i] = v_fma(elements, elements, sums[i]);
        }
    }
    for (; k < columns; k += LANES) {
        v_floats elements = v_load_masked(v_first(columns - k), x + k);
        sums[0] = v_fma(elements, elements, sums[0]);
    }
    return v_sum(v_add(v_add(sums[0], sums[1]), v_add(sums[2], sums[3])));
}

/* For elements whose squares no float holds. */
static double exact_sum_of_squares(const float *x, int64_t columns) {
    double sum = 0;
    for (int64_t k = 0; k < columns; k++) {
        sum += (double) x[k] * x[k];
    }
    return sum;
}

void KERNEL(rms_norm)(const dendra_rms_norm_job *job) {
    int64_t columns = job->x.columns;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        float *y = job->y.data + row * job->y.stride;
        double squares = sum_of_squares(x, columns);
        if (!isfinite(squares)) {
            squares = exact_sum_of_squares(x, columns);
        }
        __m128d mean = _mm_set_sd(squares / (double) columns + job->epsilon);
        v_floats inverse = v_splat((float) (1 / _mm_cvtsd_f64(_mm_sqrt_sd(mean, mean))));
        int64_t k = 0;
        for (; k + LANES <= columns; k += LANES) {
            v_store(y + k, v_mul(v_mul(v_load(x + k), inverse), v_load(job->weight + k)));
        }
        v_mask tail = v_first(columns - k);
        v_floats last = v_mul(v_mul(v_load_masked(tail, x + k), inverse), v_load_masked(tail, job->weight + k));
        v_store_masked(y + k, tail, last);
    }
}

static void add_row(const float *x, float *y, int64_t columns) {
    int64_t k = 0;
    for (; k + LANES <= columns; k += LANES) {
        v_store(y + k, v_add(v_load(y + k), v_load(x + k)));
    }
    v_mask tail = v_first(columns - k);
    v_store_masked(y + k, tail, v_add(v_load_masked(tail, y + k), v_load_masked(tail, x + k)));
}

void KERNEL(add)(const dendra_add_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        add_row(job->x.data + row * job->x.stride, job->y.data + row * job->y.stride, job->x.columns);
    }
}

void KERNEL(add_bias)(const dendra_add_bias_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        add_row(job->bias, job->y.data + row * job->y.stride, job->y.columns);
    }
}

/* gate / (1 + exp(-gate)) * up. With e = exp(-|gate|), which cannot overflow: gate / (1 + e), times e where gate < 0. */
ALWAYS_INLINE void gate_each(int count, const float *gate, const float *up, float *y) {
    v_floats g[4], e[4];
    UNROLLED
    for (int i = 0; i < count; i++) {
        g[i] = v_load(gate + i * LANES);
        e[i] = v_sub(v_zero(), v_magnitude(g[i]));
    }
    v_exp_each(count, e);
    UNROLLED
    for (int i = 0; i < count; i++) {
        v_floats numerator = v_mul(g[i], v_where(v_less(g[i], v_zero()), e[i], v_splat(1)));
        v_floats silu = v_div(numerator, v_add(e[i], v_splat(1)));
        v_store(y + i * LANES, v_mul(silu, v_load(up + i * LANES)));
    }
}

void KERNEL(silu_multiply)(const dendra_silu_multiply_job *job) {
    for (int64_t row = 0; row < job->rows; row++) {
        const float *gate = job->gate.data + row * job->gate.stride;
        const float *up = job->up.data + row * job->up.stride;
        float *y = job->y.data + row * job->y.stride;
        int64_t k = job->column_from;
        for (; k + 4 * LANES <= job->column_to; k += 4 * LANES) {
            gate_each(4, gate + k, up + k, y + k);
        }
        for (; k < job->column_to; k += LANES) { /* multiples of 16: whole registers */
            gate_each(1, gate + k, up + k, y + k);
        }
    }
}
