/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on rows that meet no other row: norm, sums, gate, rotary embedding. */
#include <math.h>

#include "kernels.h"

void dendra_rms_norm__scalar(const dendra_rms_norm_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        float *y = job->y.data + row * job->y.stride;
        double squares = 0;
        for (int64_t k = 0; k < job->x.columns; k++) {
            squares += (double) x[k] * x[k];
        }
        double root = sqrt(squares / job->x.columns + job->epsilon);
        for (int64_t k = 0; k < job->x.columns; k++) {
            y[k] = (float) (x[k] / root * job->weight[k]);
        }
    }
}

void dendra_add__scalar(const dendra_add_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *x = job->x.data + row * job->x.stride;
        float *y = job->y.data + row * job->y.stride;
        for (int64_t k = 0; k < job->x.columns; k++) {
            y[k] += x[k];
        }
    }
}

void dendra_add_bias__scalar(const dendra_add_bias_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        float *y = job->y.data + row * job->y.stride;
        for (int64_t k = 0; k < job->y.columns; k++) {
            y[k] += job->bias[k];
        }
    }
}

void dendra_silu_multiply__scalar(const dendra_silu_multiply_job *job) {
    for (int64_t row = 0; row < job->rows; row++) {
        const float *gate = job->gate.data + row * job->gate.stride;
        const float *up = job->up.data + row * job->up.stride;
        float *y = job->y.data + row * job->y.stride;
        for (int64_t k = job->column_from; k < job->column_to; k++) {
            double g = gate[k];
            y[k] = (float) (g / (1 + exp(-g)) * up[k]);
        }
    }
}

void dendra_rope__scalar(const dendra_rope_job *job) {
    int64_t pairs = job->rotated / 2;
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        const float *turns = job->table + job->step.positions[row] * pairs * 2;
        for (int64_t head = 0; head < job->heads; head++) {
            float *x = job->x.data + row * job->x.stride + head * job->head_dimension;
            for (int64_t pair = 0; pair < pairs; pair++) {
                double cosine = turns[2 * pair];
                double sine = turns[2 * pair + 1];
                float *first = x + (job->neox ? pair : 2 * pair);
                float *second = first + (job->neox ? pairs : 1);
                double a = *first;
                double b = *second;
                *first = (float) (a * cosine - b * sine);
                *second = (float) (a * sine + b * cosine);
            }
        }
    }
}
