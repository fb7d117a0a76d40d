/* SPDX-License-Identifier: Apache-2.0 */
/* Rotary embedding. The table holds cosine and sine of a pair side by side; what is read of it serves all heads of a row. */
#include "../kernels.h"

typedef struct heads {
    float *x; /* the first */
    int32_t count;
    int64_t dimension;
} heads;

/* Pairs (2i, 2i + 1): the elements lie as the table does. */
static void turn_neighbours(heads h, const float *table, int64_t rotated) {
    for (int64_t k = 0; k < rotated; k += LANES) {
        v_mask mask = v_first(rotated - k);
        v_floats turns = v_load_masked(mask, table + k);
        v_floats cosines = v_double_evens(turns);
        v_floats sines = v_double_odds(turns);
        for (int32_t head = 0; head < h.count; head++) {
            float *x = h.x + head * h.dimension + k;
            v_floats pairs = v_load_masked(mask, x);
            v_floats crossed = v_mul(v_swap_pairs(pairs), sines);
            v_store_masked(x, mask, v_fma_alternating(pairs, cosines, crossed));
        }
    }
}

/* Pairs (i, i + rotated / 2). */
static void turn_halves(heads h, const float *table, int64_t rotated) {
    int64_t half = rotated / 2;
    for (int64_t k = 0; k < half; k += LANES) {
        v_mask mask = v_first(half - k);
        v_floats low = v_load_masked(v_first(rotated - 2 * k), table + 2 * k);
        v_floats high = v_load_masked(v_first(rotated - 2 * k - LANES), table + 2 * k + LANES);
        v_floats cosines = v_evens(low, high);
        v_floats sines = v_odds(low, high);
        for (int32_t head = 0; head < h.count; head++) {
            float *x = h.x + head * h.dimension + k;
            v_floats a = v_load_masked(mask, x);
            v_floats b = v_load_masked(mask, x + half);
            v_store_masked(x, mask, v_fnma(b, sines, v_mul(a, cosines)));
            v_store_masked(x + half, mask, v_fma(b, cosines, v_mul(a, sines)));
        }
    }
}

void KERNEL(rope)(const dendra_rope_job *job) {
    for (int64_t row = job->row_from; row < job->row_to; row++) {
        heads h = {job->x.data + row * job->x.stride, job->heads, job->head_dimension};
        const float *table = job->table + (int64_t) job->step.positions[row] * job->rotated;
        if (job->neox) {
            turn_halves(h, table, job->rotated);
        } else {
            turn_neighbours(h, table, job->rotated);
        }
    }
}
