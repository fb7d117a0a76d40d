/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a row of logits: soft-max, its normaliser, the largest element. */
#include <math.h>

#include "kernels.h"

static float *row_of(const dendra_logits_job *job) { return job->x.data + (int64_t) job->row * job->x.stride; }

/* NaN if there is one. */
static double largest_of(const float *x, int64_t count) {
    double largest = -INFINITY;
    for (int64_t k = 0; k < count; k++) {
        if (isnan(x[k])) {
            return NAN;
        }
        if (x[k] > largest) {
            largest = x[k];
        }
    }
    return largest;
}

static double sum_of_exponentials(const float *x, int64_t count, double largest) {
    double sum = 0;
    for (int64_t k = 0; k < count; k++) {
        sum += exp(x[k] - largest);
    }
    return sum;
}

void dendra_log_sum_exp__scalar(dendra_logits_job *job) {
    const float *x = row_of(job);
    double largest = largest_of(x, job->x.columns);
    job->log_sum_exp =
        (float) (isinf(largest) ? largest : largest + log(sum_of_exponentials(x, job->x.columns, largest)));
}

void dendra_arg_max__scalar(dendra_logits_job *job) {
    const float *x = row_of(job);
    int32_t best = -1;
    for (int32_t k = 0; k < job->x.columns; k++) {
        if (!isnan(x[k]) && (best < 0 || x[k] > x[best])) {
            best = k;
        }
    }
    job->arg_max = best < 0 ? 0 : best;
}

void dendra_softmax__scalar(const dendra_logits_job *job) {
    float *x = row_of(job);
    double largest = largest_of(x, job->x.columns);
    double sum = sum_of_exponentials(x, job->x.columns, largest);
    for (int64_t k = 0; k < job->x.columns; k++) {
        x[k] = (float) (exp(x[k] - largest) / sum);
    }
}
