/* SPDX-License-Identifier: Apache-2.0 */
/* Norm, sums, gate, rotary embedding, logits: operations on rows. */
#include <float.h>
#include <math.h>

#include "check.h"

static const int32_t COLUMNS[] = {1,  2,  3,  7,  8,  15,  16,  17,  31,  32,  33,  47,  48,   63,
                                  64, 65, 79, 96, 97, 127, 128, 129, 192, 576, 769, 960, 1537, 4099};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof COLUMNS[0], MOST_ROWS = 5 };

static int32_t random_rows(check *c) { return (int32_t) check_random_between(c, 1, MOST_ROWS); }

static void random_slice(check *c, int32_t rows, int32_t *from, int32_t *to) {
    *from = (int32_t) check_random_between(c, 0, rows - 1);
    *to = (int32_t) check_random_between(c, *from, rows);
}

/* Every element, padding included: the same, or within bound relative * |expected| + absolute. */
static void compare(check *c, const check_matrix *expected, const check_matrix *actual, double relative,
                    double absolute) {
    for (int64_t row = 0; row < actual->floats.rows; row++) {
        for (int64_t k = 0; k < actual->floats.stride; k++) {
            float e = *check_at(&expected->floats, row, k);
            float a = *check_at(&actual->floats, row, k);
            bool padding = k >= actual->floats.columns;
            if (padding ? a != 0 : !check_close(e, a, relative * fabs(e) + absolute)) {
                check_fail(c, "[%d, %d] = %.9g (%a), expected %.9g (%a)", (int) row, (int) k, a, a, e, e);
            }
        }
    }
}

static void rms_norm_case(check *c, int32_t rows, int32_t columns, bool in_place) {
    float magnitude = ldexpf(1, (int) check_random_between(c, -20, 20));
    check_matrix x = check_random_matrix(c, rows, columns, magnitude);
    check_matrix weight = check_random_matrix(c, 1, columns, 2);
    check_matrix y = in_place ? check_copy(&x) : check_matrix_of(rows, columns);
    check_matrix expected = check_copy(&y);
    dendra_rms_norm_job job = {.isa = c->tier->isa, .epsilon = 1e-5f, .weight = weight.floats.data};
    random_slice(c, rows, &job.row_from, &job.row_to);
    job.x = in_place ? y.floats : x.floats;
    job.y = y.floats;
    CHECK_CALL(c, c->tier->kernels.rms_norm, &job);
    job.x = x.floats;
    job.y = expected.floats;
    c->reference.rms_norm(&job);
    compare(c, &expected, &y, (columns / 8 + 16) * UNIT_ROUNDOFF, 0);
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &weight, "weight");
    check_release_matrix(c, &x, "x");
}

void check_rms_norm(check *c) {
    for (int i = 0; i < 2 * COLUMN_COUNT; i++) {
        int32_t rows = random_rows(c);
        int32_t columns = COLUMNS[i / 2];
        check_begin(c, "rms_norm M=%d K=%d%s", rows, columns, i % 2 ? " in place" : "");
        rms_norm_case(c, rows, columns, i % 2);
    }
}

void check_add(check *c) {
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int32_t rows = random_rows(c);
        check_begin(c, "add M=%d K=%d", rows, COLUMNS[i]);
        check_matrix x = check_random_matrix(c, rows, COLUMNS[i], 1);
        check_matrix y = check_random_matrix(c, rows, COLUMNS[i], 1e3f);
        check_matrix expected = check_copy(&y);
        dendra_add_job job = {.isa = c->tier->isa, .x = x.floats, .y = y.floats};
        random_slice(c, rows, &job.row_from, &job.row_to);
        CHECK_CALL(c, c->tier->kernels.add, &job);
        job.y = expected.floats;
        c->reference.add(&job);
        check_same_bytes(c, "y", expected.floats.data, y.floats.data, y.memory.bytes);
        check_release_matrix(c, &expected, "expected");
        check_release_matrix(c, &y, "y");
        check_release_matrix(c, &x, "x");
    }
}

void check_add_bias(check *c) {
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int32_t rows = random_rows(c);
        check_begin(c, "add_bias M=%d K=%d", rows, COLUMNS[i]);
        check_matrix y = check_random_matrix(c, rows, COLUMNS[i], 1e3f);
        check_matrix expected = check_copy(&y);
        check_memory bias = check_allocate((size_t) COLUMNS[i] * sizeof(float));
        for (int64_t k = 0; k < COLUMNS[i]; k++) {
            ((float *) bias.data)[k] = check_random_float(c, 1);
        }
        dendra_add_bias_job job = {.isa = c->tier->isa, .bias = bias.data, .y = y.floats};
        random_slice(c, rows, &job.row_from, &job.row_to);
        CHECK_CALL(c, c->tier->kernels.add_bias, &job);
        job.y = expected.floats;
        c->reference.add_bias(&job);
        check_same_bytes(c, "y", expected.floats.data, y.floats.data, y.memory.bytes);
        check_release(c, &bias, "bias");
        check_release_matrix(c, &expected, "expected");
        check_release_matrix(c, &y, "y");
    }
}

/* Where exp overflows, underflows or loses its argument. */
static const float GATES[] = {0,    -0.0f, 1e-30f, -1e-30f, 0.5f,   -17,     20,       -20,  80,  -80,     87,
                              -87,  88.5f, -88.5f, -89,     -103.9f, -104.1f, -1000, 1000, -1e30f, FLT_MAX, -FLT_MAX,
                              1e-45f, INFINITY, NAN};

enum { GATE_COUNT = sizeof GATES / sizeof GATES[0] };

static void silu_case(check *c, int32_t rows, int32_t columns, bool in_place) {
    check_matrix gate = check_random_matrix(c, rows, columns, 12);
    check_matrix up = check_random_matrix(c, rows, columns, 1);
    for (int64_t k = 0; k < columns; k += 3) {
        *check_at(&gate.floats, check_random_between(c, 0, rows - 1), k) = GATES[k / 3 % GATE_COUNT];
    }
    check_matrix y = in_place ? check_copy(&gate) : check_matrix_of(rows, columns);
    check_matrix expected = check_copy(&y);
    int32_t blocks = (columns + 15) / 16;
    int32_t from = (int32_t) check_random_between(c, 0, blocks - 1);
    int32_t to = (int32_t) check_random_between(c, from, blocks);
    dendra_silu_multiply_job job = {.isa = c->tier->isa,
                                    .rows = (int32_t) check_random_between(c, 1, rows),
                                    .column_from = from * 16,
                                    .column_to = to * 16,
                                    .gate = in_place ? y.floats : gate.floats,
                                    .up = up.floats,
                                    .y = y.floats};
    CHECK_CALL(c, c->tier->kernels.silu_multiply, &job);
    job.gate = gate.floats;
    job.y = expected.floats;
    c->reference.silu_multiply(&job);
    /* 8 units in the last place; a sigmoid below the normal numbers may vanish, which happens to gates above -104. */
    compare(c, &expected, &y, 16 * UNIT_ROUNDOFF, 104 * FLT_MIN);
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &up, "up");
    check_release_matrix(c, &gate, "gate");
}

void check_silu_multiply(check *c) {
    for (int i = 0; i < 2 * COLUMN_COUNT; i++) {
        int32_t rows = random_rows(c);
        check_begin(c, "silu_multiply M=%d K=%d%s", rows, COLUMNS[i / 2], i % 2 ? " in place" : "");
        silu_case(c, rows, COLUMNS[i / 2], i % 2);
    }
}

static void rope_case(check *c, int32_t heads, int32_t dimension, int32_t rotated, bool neox) {
    enum { POSITIONS = 9 };
    int32_t rows = random_rows(c);
    check_matrix x = check_random_matrix(c, rows, heads * dimension, 3);
    check_matrix expected = check_copy(&x);
    check_memory table = check_allocate((size_t) (POSITIONS * (rotated > 0 ? rotated : 1)) * sizeof(float));
    for (int64_t i = 0; i < POSITIONS * rotated; i += 2) {
        double angle = check_random_float(c, 3.2f);
        ((float *) table.data)[i] = (float) cos(angle);
        ((float *) table.data)[i + 1] = (float) sin(angle);
    }
    check_memory positions = check_allocate((size_t) rows * sizeof(int32_t));
    for (int64_t row = 0; row < rows; row++) {
        ((int32_t *) positions.data)[row] = (int32_t) check_random_between(c, 0, POSITIONS - 1);
    }
    dendra_rope_job job = {.isa = c->tier->isa,
                           .heads = heads,
                           .head_dimension = dimension,
                           .rotated = rotated,
                           .neox = neox,
                           .positions = POSITIONS,
                           .table = table.data,
                           .step = {.positions = positions.data, .capacity = rows},
                           .x = x.floats};
    random_slice(c, rows, &job.row_from, &job.row_to);
    CHECK_CALL(c, c->tier->kernels.rope, &job);
    job.x = expected.floats;
    c->reference.rope(&job);
    /* Two products of at most 3 and a sum of at most 6, each rounded. */
    compare(c, &expected, &x, 0, 16 * UNIT_ROUNDOFF);
    check_release(c, &positions, "positions");
    check_release(c, &table, "table");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &x, "x");
}

void check_rope(check *c) {
    static const int32_t DIMENSIONS[] = {2, 4, 6, 8, 16, 20, 32, 48, 64, 80, 96, 128, 256};
    for (size_t i = 0; i < 4 * sizeof DIMENSIONS / sizeof DIMENSIONS[0]; i++) {
        int32_t dimension = DIMENSIONS[i / 4];
        int32_t rotated = i % 4 < 2 ? dimension : 2 * (int32_t) check_random_between(c, 0, dimension / 2);
        int32_t heads = (int32_t) check_random_between(c, 1, 9);
        check_begin(c, "rope heads=%d of %d rotated %d %s", heads, dimension, rotated, i % 2 ? "neox" : "norm");
        rope_case(c, heads, dimension, rotated, i % 2);
    }
}

/* A matrix of logits and the row that is asked about. */
static check_matrix random_logits(check *c, int32_t columns, int number, int32_t *row) {
    static const float SPECIAL[] = {NAN, INFINITY, -INFINITY, 500, -500, FLT_MAX, -FLT_MAX};
    int32_t rows = random_rows(c);
    check_matrix x = check_random_matrix(c, rows, columns, number % 3 == 0 ? 100 : 5);
    *row = (int32_t) check_random_between(c, 0, rows - 1);
    if (number % 4 == 3) {
        for (int i = 0; i < 2; i++) {
            *check_at(&x.floats, *row, check_random_between(c, 0, columns - 1)) =
                SPECIAL[check_random_between(c, 0, sizeof SPECIAL / sizeof SPECIAL[0] - 1)];
        }
    }
    if (number % 8 == 6) { /* all the same */
        for (int64_t k = 0; k < columns; k++) {
            *check_at(&x.floats, *row, k) = number % 16 == 6 ? -INFINITY : 1.5f;
        }
    }
    return x;
}

static const int32_t LOGITS[] = {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 255, 1000, 4097, 49152};

static int32_t logits_columns(const check *c, int number) {
    int count = sizeof LOGITS / sizeof LOGITS[0];
    return LOGITS[number % (c->quick ? count - 1 : count)];
}

enum { LOGIT_CASES = 128 };

void check_log_sum_exp(check *c) {
    for (int i = 0; i < LOGIT_CASES; i++) {
        int32_t columns = logits_columns(c, i);
        dendra_logits_job job = {.isa = c->tier->isa};
        check_begin(c, "log_sum_exp %d of %d columns", i, columns);
        check_matrix x = random_logits(c, columns, i, &job.row);
        check_matrix before = check_copy(&x);
        job.x = x.floats;
        CHECK_CALL(c, c->tier->kernels.log_sum_exp, &job);
        float actual = job.log_sum_exp;
        c->reference.log_sum_exp(&job);
        /* The sum's relative error becomes the logarithm's absolute one. */
        double bound = (columns / 8 + 32 + 4 * fabs(job.log_sum_exp)) * UNIT_ROUNDOFF;
        if (!check_close(job.log_sum_exp, actual, isfinite(bound) ? bound : 0)) {
            check_fail(c, "%.9g, expected %.9g", actual, job.log_sum_exp);
        }
        check_same_bytes(c, "x", before.floats.data, x.floats.data, x.memory.bytes);
        check_release_matrix(c, &before, "before");
        check_release_matrix(c, &x, "x");
    }
}

void check_arg_max(check *c) {
    for (int i = 0; i < LOGIT_CASES; i++) {
        int32_t columns = logits_columns(c, i);
        dendra_logits_job job = {.isa = c->tier->isa};
        check_begin(c, "arg_max %d of %d columns", i, columns);
        check_matrix x = random_logits(c, columns, i, &job.row);
        if (i % 5 == 4) { /* ties, and zeros of both signs, which are equal */
            for (int64_t k = 0; k < columns; k++) {
                *check_at(&x.floats, job.row, k) = check_random(c) % 2 ? 0.0f : -0.0f;
            }
        }
        if (i % 11 == 10) {
            for (int64_t k = 0; k < columns; k++) {
                *check_at(&x.floats, job.row, k) = NAN;
            }
        }
        job.x = x.floats;
        CHECK_CALL(c, c->tier->kernels.arg_max, &job);
        int32_t actual = job.arg_max;
        c->reference.arg_max(&job);
        if (actual != job.arg_max) {
            check_fail(c, "column %d (%g), expected %d (%g)", actual, *check_at(&x.floats, job.row, actual),
                       job.arg_max, *check_at(&x.floats, job.row, job.arg_max));
        }
        check_release_matrix(c, &x, "x");
    }
}

/*
 * One logit of 0 and others so far below that the sum rounds to 1: each share is the exponential itself, which has to be
 * within 2 units in the last place. Below 0, only the exponent of the result sets this range apart from that above it.
 */
enum { EXPONENTIAL_CASES = 1000 };

static void exponential_case(check *c) {
    enum { COLUMN = 32 };
    check_matrix x = check_matrix_of(1, COLUMN);
    for (int64_t k = 0; k < COLUMN; k++) {
        *check_at(&x.floats, 0, k) = k == 0 ? 0 : -54 + check_random_float(c, 33);
    }
    check_matrix logits = check_copy(&x);
    dendra_logits_job job = {.isa = c->tier->isa, .x = x.floats};
    CHECK_CALL(c, c->tier->kernels.softmax, &job);
    for (int64_t k = 0; k < COLUMN; k++) {
        float logit = *check_at(&logits.floats, 0, k);
        float share = *check_at(&x.floats, 0, k);
        double expected = exp(logit);
        double unit = nextafterf((float) expected, INFINITY) - (float) expected;
        if (!(fabs(share - expected) <= 2 * unit)) {
            check_fail(c, "exp(%.9g) = %.9g, off by %.2f ulp", logit, share, fabs(share - expected) / unit);
            break;
        }
    }
    check_release_matrix(c, &logits, "logits");
    check_release_matrix(c, &x, "x");
}

void check_softmax(check *c) {
    for (int i = 0; i < LOGIT_CASES; i++) {
        int32_t columns = logits_columns(c, i);
        dendra_logits_job job = {.isa = c->tier->isa};
        check_begin(c, "softmax %d of %d columns", i, columns);
        check_matrix x = random_logits(c, columns, i, &job.row);
        check_matrix expected = check_copy(&x);
        job.x = x.floats;
        CHECK_CALL(c, c->tier->kernels.softmax, &job);
        job.x = expected.floats;
        c->reference.softmax(&job);
        /* The sum, and exponents up to 200 whose rounding the exponential magnifies. */
        compare(c, &expected, &x, (columns / 8 + 256) * UNIT_ROUNDOFF, FLT_MIN);
        check_release_matrix(c, &expected, "expected");
        check_release_matrix(c, &x, "x");
    }
    for (int i = 0; i < EXPONENTIAL_CASES; i++) {
        check_begin(c, "softmax as exponential, %d", i);
        exponential_case(c);
    }
}
