/* SPDX-License-Identifier: Apache-2.0 */
/* Products with packed weights and rows of packed tables, as their definitions. */
#include "scalar_weights.h"

/* Inputs that are decoded at once: within one group, so that they have one scale. */
enum { CHUNK = DENDRA_GROUP };

void dendra_gather__scalar(const dendra_gather_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        float *y = job->y.data + row * job->y.stride;
        for (int64_t k = 0; k < job->table.columns; k++) {
            y[k] = scalar_weight(&job->table, job->step.tokens[row], k);
        }
    }
}

/*
 * What the products of the sum are made with: the weights of output n and inputs from `from` on, or for i8 their codes,
 * since the scale multiplies the sum.
 */
static void decode(const dendra_weights *w, int64_t n, int64_t from, int64_t count, float *factors) {
    float scale = w->encoding == DENDRA_I8G32 || w->encoding == DENDRA_U4G32 ? scalar_scale(w, n, from) : 1;
    float minimum = w->encoding == DENDRA_U4G32 ? scalar_minimum(w, n, from) : 0;
    for (int64_t k = 0; k < count; k++) {
        switch (w->encoding) {
        case DENDRA_I8:
        case DENDRA_I8G32:
            factors[k] = (float) scalar_code(w, n, from + k) * scale;
            break;
        case DENDRA_U4G32:
            factors[k] = fmaf(scale, (float) scalar_code(w, n, from + k), minimum);
            break;
        default:
            factors[k] = scalar_weight(w, n, from + k);
        }
    }
}

static float final_scale(const dendra_weights *w, int64_t n) {
    return w->encoding == DENDRA_I8 ? scalar_scale(w, n, 0) : 1;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

void dendra_matmul_f32__scalar(const dendra_matmul_f32_job *job) {
    const dendra_weights *w = &job->w;
    for (int64_t n = job->panel_from * 16LL; n < job->panel_to * 16LL; n++) {
        for (int64_t m = 0; m < job->rows; m++) {
            job->y.data[m * job->y.stride + n] = 0;
        }
        for (int64_t from = 0; from < w->columns; from += CHUNK) {
            int64_t count = smaller(CHUNK, w->columns - from);
            float weights[CHUNK];
            decode(w, n, from, count, weights);
            for (int64_t m = 0; m < job->rows; m++) {
                const float *x = job->x.data + m * job->x.stride + from;
                float *y = job->y.data + m * job->y.stride + n;
                for (int64_t k = 0; k < count; k++) {
                    *y = fmaf(x[k], weights[k], *y);
                }
            }
        }
        for (int64_t m = 0; m < job->rows; m++) {
            job->y.data[m * job->y.stride + n] *= final_scale(w, n);
        }
    }
}

void dendra_matmul_bf16__scalar(const dendra_matmul_bf16_job *job) {
    const dendra_weights *w = &job->w;
    for (int64_t n = job->panel_from * 16LL; n < job->panel_to * 16LL; n++) {
        for (int64_t m = 0; m < job->rows; m++) {
            job->y.data[m * job->y.stride + n] = 0;
        }
        for (int64_t from = 0; from < w->columns; from += CHUNK) {
            int64_t count = smaller(CHUNK, w->columns - from);
            float weights[CHUNK];
            decode(w, n, from, count, weights);
            for (int64_t k = 0; k < count; k++) {
                weights[k] = scalar_float_of_bf16(scalar_bf16_of_float(weights[k]));
            }
            for (int64_t m = 0; m < job->rows; m++) {
                const uint16_t *x = job->x.data + m * job->x.stride + from;
                float *y = job->y.data + m * job->y.stride + n;
                for (int64_t k = 0; k < count; k++) {
                    *y = fmaf(scalar_float_of_bf16(x[k]), weights[k], *y);
                }
            }
        }
        for (int64_t m = 0; m < job->rows; m++) {
            job->y.data[m * job->y.stride + n] *= final_scale(w, n);
        }
    }
}

static int32_t dot(const int32_t *weights, const int8_t *codes, int64_t count) {
    int32_t sum = 0;
    for (int64_t k = 0; k < count; k++) {
        sum += weights[k] * codes[k];
    }
    return sum;
}

/* A whole number of the codes as one of both planes: 256 * high + low, rounded as the product's definition says. */
static float joined(int32_t high, const int32_t *low) {
    return low == NULL ? (float) high : fmaf(256, (float) high, (float) *low);
}

static void channel_product(const dendra_matmul_codes_job *job, int64_t n) {
    const dendra_weights *w = &job->w;
    for (int64_t m = 0; m < job->rows; m++) {
        int32_t high = 0;
        int32_t low = 0;
        for (int64_t k = 0; k < w->columns; k++) {
            int32_t code = scalar_code(w, n, k);
            high += code * job->x.codes[m * job->x.stride + k];
            if (job->x.low_codes != NULL) {
                low += code * job->x.low_codes[m * job->x.stride + k];
            }
        }
        float scale = job->x.scales[m] * scalar_scale(w, n, 0);
        job->y.data[m * job->y.stride + n] = joined(high, job->x.low_codes == NULL ? NULL : &low) * scale;
    }
}

/* Adds a group's share to y[m, n]. */
static void add_group(const dendra_matmul_codes_job *job, int64_t n, int64_t from, const int32_t *weights, int64_t m) {
    const dendra_codes *x = &job->x;
    int64_t group = (m * x->stride + from) / DENDRA_GROUP;
    int32_t low_dot = 0;
    int32_t low_sum = 0;
    bool planes = x->low_codes != NULL;
    if (planes) {
        low_dot = dot(weights, x->low_codes + m * x->stride + from, DENDRA_GROUP);
        low_sum = x->low_sums[group];
    }
    float product = joined(dot(weights, x->codes + m * x->stride + from, DENDRA_GROUP), planes ? &low_dot : NULL);
    float sum = joined(x->sums[group], planes ? &low_sum : NULL);
    float scale = scalar_scale(&job->w, n, from);
    float weighted = job->w.encoding == DENDRA_U4G32 ? fmaf(scale, product, scalar_minimum(&job->w, n, from) * sum)
                                                     : scale * product;
    float *y = job->y.data + m * job->y.stride + n;
    *y = fmaf(x->scales[group], weighted, *y);
}

static void group_product(const dendra_matmul_codes_job *job, int64_t n) {
    for (int64_t m = 0; m < job->rows; m++) {
        job->y.data[m * job->y.stride + n] = 0;
    }
    for (int64_t from = 0; from < job->w.columns; from += DENDRA_GROUP) {
        int32_t weights[DENDRA_GROUP];
        for (int64_t k = 0; k < DENDRA_GROUP; k++) {
            weights[k] = scalar_code(&job->w, n, from + k);
        }
        for (int64_t m = 0; m < job->rows; m++) {
            add_group(job, n, from, weights, m);
        }
    }
}

void dendra_matmul_codes__scalar(const dendra_matmul_codes_job *job) {
    for (int64_t n = job->panel_from * 16LL; n < job->panel_to * 16LL; n++) {
        if (job->w.encoding == DENDRA_I8) {
            channel_product(job, n);
        } else {
            group_product(job, n);
        }
    }
}
