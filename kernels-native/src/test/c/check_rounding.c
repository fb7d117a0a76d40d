/* SPDX-License-Identifier: Apache-2.0 */
/* Rounding of activations to int8, int16 and bfloat16. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "check.h"

static const int32_t COLUMNS[] = {1,  2,  15, 16,  17,  31,  32,  33,  47,  48,  63,  64,  65,
                                  95, 96, 97, 127, 128, 129, 160, 192, 193, 576, 961, 1536};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof COLUMNS[0], ROWS = 5 };

/* Rows by what is hard about them. */
static void fill(check *c, const check_matrix *x, int64_t row, int kind) {
    static const float SPECIAL[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, FLT_MIN, 1e-45f, -0.0f, 0};
    for (int64_t k = 0; k < x->floats.columns; k++) {
        float *element = check_at(&x->floats, row, k);
        switch (kind) {
        case 0: /* of different magnitude from group to group */
            *element = ldexpf(check_random_float(c, 1), (int) (k / 32 * 7 % 40 - 20));
            break;
        case 1: /* halves of the scale's unit: ties */
            *element = k % 32 == 0 ? 127 : (float) check_random_between(c, -254, 254) * 0.5f;
            break;
        case 2: /* mostly zero */
            *element = check_random(c) % 8 == 0 ? check_random_float(c, 1) : 0;
            break;
        case 3: /* too small to have an inverse, or nearly */
            *element = ldexpf(check_random_float(c, 1), (int) check_random_between(c, -149, -110));
            break;
        default:
            *element = check_random(c) % 16 == 0 ? SPECIAL[check_random_between(c, 0, 8)] : check_random_float(c, 9);
        }
    }
}

enum { KINDS = 5 };

static check_matrix random_activations(check *c, int32_t columns, int kind) {
    check_matrix x = check_matrix_of(ROWS, columns);
    for (int64_t row = 0; row < ROWS; row++) {
        fill(c, &x, row, kind);
    }
    return x;
}

/* Codes, scales, sums, and the same of the low plane; zeros, as memory of the codes is when it is made. */
static dendra_codes allocate_codes(int32_t columns, int32_t group, bool planes, check_memory *memory) {
    int32_t stride = (int32_t) dendra_padded_columns(columns);
    size_t codes = (size_t) ROWS * (size_t) stride;
    size_t groups = group == 0 ? ROWS : codes / (size_t) group;
    size_t bytes[5] = {codes, groups * sizeof(float), groups * sizeof(int32_t), codes, groups * sizeof(int32_t)};
    for (int i = 0; i < 5; i++) {
        memory[i] = check_allocate(bytes[i]);
        memset(memory[i].data, 0, bytes[i]);
    }
    return (dendra_codes) {.codes = memory[0].data,
                           .low_codes = planes ? memory[3].data : NULL,
                           .scales = memory[1].data,
                           .sums = memory[2].data,
                           .low_sums = planes ? memory[4].data : NULL,
                           .rows = ROWS,
                           .columns = columns,
                           .stride = stride,
                           .group = group};
}

static void quantize_case(check *c, int32_t columns, int32_t group, bool planes, int kind) {
    static const char *const PARTS[] = {"codes", "scales", "sums", "low codes", "low sums"};
    check_matrix x = random_activations(c, columns, kind);
    check_memory actual[5];
    check_memory expected[5];
    dendra_quantize_job job = {.isa = c->tier->isa, .x = x.floats};
    job.row_from = (int32_t) check_random_between(c, 0, ROWS - 1);
    job.row_to = (int32_t) check_random_between(c, job.row_from, ROWS);
    job.y = allocate_codes(columns, group, planes, actual);
    CHECK_CALL(c, c->tier->kernels.quantize, &job);
    job.y = allocate_codes(columns, group, planes, expected);
    c->reference.quantize(&job);
    for (int i = 0; i < 5; i++) {
        check_same_bytes(c, PARTS[i], expected[i].data, actual[i].data, expected[i].bytes);
        check_release(c, &expected[i], PARTS[i]);
        check_release(c, &actual[i], PARTS[i]);
    }
    check_release_matrix(c, &x, "x");
}

void check_quantize(check *c) {
    for (int i = 0; i < COLUMN_COUNT * KINDS * 4; i++) {
        int32_t columns = COLUMNS[i / (KINDS * 4)];
        int32_t group = i % 2 == 0 ? 0 : DENDRA_GROUP;
        bool planes = i / 2 % 2;
        int kind = i / 4 % KINDS;
        check_begin(c, "quantize K=%d group %d to %s, kind %d", columns, group, planes ? "i16" : "i8", kind);
        quantize_case(c, columns, group, planes, kind);
    }
}

/* The same, any NaN for a NaN, and zero for a subnormal. */
static bool same_bf16(uint16_t expected, uint16_t actual) {
    bool expected_nan = (expected & 0x7fff) > 0x7f80;
    bool actual_nan = (actual & 0x7fff) > 0x7f80;
    bool flushed = (expected & 0x7fff) <= 0x80 && actual == (expected & 0x8000);
    return expected == actual || (expected_nan && actual_nan) || flushed;
}

static void round_bf16_case(check *c, int32_t columns, int kind) {
    check_matrix x = random_activations(c, columns, kind);
    if (kind == 1) { /* ties between neighbouring bfloat16 numbers */
        for (int64_t k = 0; k < columns; k++) {
            uint32_t bits = (uint32_t) check_random_between(c, 0x3f80, 0x4080) << 16 | 0x8000;
            memcpy(check_at(&x.floats, k % ROWS, k), &bits, sizeof bits);
        }
    }
    int32_t stride = x.floats.stride;
    check_memory actual = check_allocate((size_t) (ROWS * stride) * sizeof(uint16_t));
    check_memory expected = check_allocate(actual.bytes);
    memset(actual.data, 0, actual.bytes);
    memset(expected.data, 0, expected.bytes);
    dendra_round_bf16_job job = {.isa = c->tier->isa, .x = x.floats, .y = {actual.data, ROWS, columns, stride, 0}};
    job.row_from = (int32_t) check_random_between(c, 0, ROWS - 1);
    job.row_to = (int32_t) check_random_between(c, job.row_from, ROWS);
    CHECK_CALL(c, c->tier->kernels.round_bf16, &job);
    job.y.data = expected.data;
    c->reference.round_bf16(&job);
    for (int64_t i = 0; i < (int64_t) ROWS * stride; i++) {
        uint16_t e = ((const uint16_t *) expected.data)[i];
        uint16_t a = ((const uint16_t *) actual.data)[i];
        if (!same_bf16(e, a)) {
            check_fail(c, "[%d, %d] is %04x, expected %04x", (int) (i / stride), (int) (i % stride), a, e);
        }
    }
    check_release(c, &expected, "expected");
    check_release(c, &actual, "y");
    check_release_matrix(c, &x, "x");
}

void check_round_bf16(check *c) {
    for (int i = 0; i < COLUMN_COUNT * KINDS; i++) {
        check_begin(c, "round_bf16 K=%d, kind %d", COLUMNS[i / KINDS], i % KINDS);
        round_bf16_case(c, COLUMNS[i / KINDS], i % KINDS);
    }
}
