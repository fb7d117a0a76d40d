/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a row of logits: soft-max, its normaliser, the largest element. */
#include <math.h>
#include <stdbool.h>

#include "exp.h"
#include "../kernels.h"

enum { EXPONENTIALS = REGISTERS / 4, CHUNK = EXPONENTIALS * LANES };

static float *logits_of(const dendra_logits_job *job) { return job->x.data + (int64_t) job->row * job->x.stride; }

/* Up to LANES logits, with -infinity after them. */
static inline v_floats load_logits(const float *x, int64_t count) {
    v_mask mask = v_first(count);
    return v_where(mask, v_load_masked(mask, x), v_splat(-INFINITY));
}

/* NaN never is the largest: a row of NaN gives -infinity. */
static float largest_logit(const float *x, int64_t columns) {
    v_floats largest[4];
    for (int i = 0; i < 4; i++) {
        largest[i] = v_splat(-INFINITY);
    }
    int64_t k = 0;
    for (; k + 4 * LANES <= columns; k += 4 * LANES) {
        UNROLLED
        for (int i = 0; i < 4; i++) {
            largest[i] = v_larger(v_load(x + k + i * LANES), largest[i]);
        }
    }
    for (; k < columns; k += LANES) {
        largest[0] = v_larger(load_logits(x + k, columns - k), largest[0]);
    }
    return v_largest(v_larger(v_larger(largest[0], largest[1]), v_larger(largest[2], largest[3])));
}

static bool has_nan(const float *x, int64_t columns) {
    for (int64_t k = 0; k < columns; k++) {
        if (isnan(x[k])) {
            return true;
        }
    }
    return false;
}

/* Sum of exp(x - largest), each of which goes to `shares` unless that is NULL. */
ALWAYS_INLINE float sum_of_exponentials(const float *x, int64_t columns, float largest, float *shares) {
    v_floats sums[EXPONENTIALS];
    for (int i = 0; i < EXPONENTIALS; i++) {
        sums[i] = v_zero();
    }
    int64_t k = 0;
    for (; k + CHUNK <= columns; k += CHUNK) {
        v_floats e[EXPONENTIALS];
        UNROLLED
        for (int i = 0; i < EXPONENTIALS; i++) {
            e[i] = v_sub(v_load(x + k + i * LANES), v_splat(largest));
        }
        v_exp_each(EXPONENTIALS, e);
        UNROLLED
        for (int i = 0; i < EXPONENTIALS; i++) {
            sums[i] = v_add(sums[i], e[i]);
            if (shares != NULL) {
                v_store(shares + k + i * LANES, e[i]);
            }
        }
    }
    for (; k < columns; k += LANES) {
        v_floats e = v_exp(v_sub(load_logits(x + k, columns - k), v_splat(largest)));
        /* Past the end there is nothing, even where -infinity less the largest is NaN. */
        e = v_where(v_first(columns - k), e, v_zero());
        sums[0] = v_add(sums[0], e);
        if (shares != NULL) {
            v_store_masked(shares + k, v_first(columns - k), e);
        }
    }
    for (int i = 1; i < EXPONENTIALS; i++) {
        sums[0] = v_add(sums[0], sums[i]);
    }
    return v_sum(sums[0]);
}

void KERNEL(log_sum_exp)(dendra_logits_job *job) {
    const float *x = logits_of(job);
    int64_t columns = job->x.columns;
    float largest = largest_logit(x, columns);
    if (isinf(largest)) {
        job->log_sum_exp = has_nan(x, columns) ? NAN : largest;
    } else {
        job->log_sum_exp = (float) (largest + log(sum_of_exponentials(x, columns, largest, NULL)));
    }
}

void KERNEL(softmax)(const dendra_logits_job *job) {
    float *x = logits_of(job);
    int64_t columns = job->x.columns;
    v_floats inverse = v_splat(1 / sum_of_exponentials(x, columns, largest_logit(x, columns), x));
    int64_t k = 0;
    for (; k + LANES <= columns; k += LANES) {
        v_store(x + k, v_mul(v_load(x + k), inverse));
    }
    v_mask tail = v_first(columns - k);
    v_store_masked(x + k, tail, v_mul(v_load_masked(tail, x + k), inverse));
}

/* The first that equals the largest; where all are NaN, none does. */
void KERNEL(arg_max)(dendra_logits_job *job) {
    const float *x = logits_of(job);
    int64_t columns = job->x.columns;
    v_floats largest = v_splat(largest_logit(x, columns));
    job->arg_max = 0;
    for (int64_t k = 0; k < columns; k += LANES) {
        v_mask present = v_first(columns - k);
        uint32_t found = v_mask_bits(v_equal(v_load_masked(present, x + k), largest)) & v_mask_bits(present);
        if (found != 0) {
            job->arg_max = (int32_t) k + __builtin_ctz(found);
            return;
        }
    }
}
