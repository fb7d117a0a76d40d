/* SPDX-License-Identifier: Apache-2.0 */
/* Products with packed weights, and rows of packed tables. */
#include <math.h>
#include <string.h>

#include "check.h"

/* Round the edges of panels, groups, lines, tiles, and of the row counts that kernels block by. */
static const int32_t ROWS[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  12, 13,  15,  16,
                               17, 24, 31, 32, 33, 47, 48, 63, 64, 65, 100, 256, 512};
static const int32_t OUTPUTS[] = {1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 127, 128, 160};
static const int32_t INPUTS[] = {1,   2,   4,   31,  32,  33,  63,  64,  65,  95,  96,   97,   127,  128,
                                 129, 191, 192, 193, 255, 256, 257, 320, 448, 576, 1000, 1024, 1536, 2080};

enum { INPUT_COUNT = sizeof INPUTS / sizeof INPUTS[0] };

/* A product's size, slice and look. */
typedef struct shape {
    int32_t rows;
    int32_t outputs;
    int32_t inputs;
    int32_t panel_from;
    int32_t panel_to;
    enum check_style style;
} shape;

static int shapes(const check *c) { return c->quick ? INPUT_COUNT : 4 * INPUT_COUNT; }

/* Each number of inputs in turn; rows and outputs at random, as large as the reference does in a reasonable time. */
static shape shape_of(check *c, int number) {
    int64_t budget = c->quick ? 400000 : 4000000;
    shape s = {.inputs = INPUTS[number % INPUT_COUNT], .style = number % 4 == 3 ? CHECK_EXTREME : CHECK_ORDINARY};
    do {
        s.rows = CHECK_PICK(c, ROWS);
        s.outputs = CHECK_PICK(c, OUTPUTS);
    } while ((int64_t) s.rows * s.outputs * s.inputs > budget);
    int32_t panels = (s.outputs + 15) / 16;
    s.panel_to = panels;
    if (number % 2 == 1) {
        s.panel_from = (int32_t) check_random_between(c, 0, panels - 1);
        s.panel_to = (int32_t) check_random_between(c, s.panel_from, panels);
    }
    return s;
}

static void begin(check *c, const char *kernel, int32_t encoding, const shape *s, const char *activations) {
    check_begin(c, "%s %s %s M=%d N=%d K=%d panels %d..%d%s", kernel, check_encoding_name(encoding), activations,
                s->rows, s->outputs, s->inputs, s->panel_from, s->panel_to,
                s->style == CHECK_EXTREME ? " extreme" : "");
}

/* A bound for the difference of two sums over K that were added in any order, by output and row. */
typedef struct tolerance {
    const float *largest_weights; /* by output; NULL: the results are the same */
    const double *magnitudes;     /* by row: sum of |x| */
    int32_t inputs;
} tolerance;

enum { MOST_ROWS = 512 };

/* |error| <= gamma(K + 4) * sum |x| |w| for each of both sums (Higham 2002, section 3.1), and flushed subnormals. */
static double bound(const tolerance *t, int64_t m, int64_t n) {
    if (t->largest_weights == NULL) {
        return 0;
    }
    double weight = t->largest_weights[n];
    return 2 * (t->inputs + 4) * UNIT_ROUNDOFF * weight * t->magnitudes[m]
           + t->inputs * 0x1p-126 * (1 + weight + t->magnitudes[m]);
}

/* Compares the slice, and what lies outside of it with what was there before. */
static void compare(check *c, const shape *s, const check_matrix *before, const check_matrix *expected,
                    const check_matrix *actual, const tolerance *t) {
    for (int64_t m = 0; m < actual->floats.rows; m++) {
        for (int64_t n = 0; n < actual->floats.stride; n++) {
            float a = *check_at(&actual->floats, m, n);
            if (m >= s->rows || n < s->panel_from * 16 || n >= s->panel_to * 16) {
                if (!check_same(a, *check_at(&before->floats, m, n))) {
                    check_fail(c, "y[%d, %d] is outside of the slice and was written", (int) m, (int) n);
                }
                continue;
            }
            float e = *check_at(&expected->floats, m, n);
            if (t->largest_weights == NULL ? !check_same(e, a) : !check_close(e, a, bound(t, m, n))) {
                check_fail(c, "y[%d, %d] = %.9g (%a), expected %.9g (%a), bound %.3g", (int) m, (int) n, a, a, e, e,
                           bound(t, m, n));
            }
        }
    }
}

/* One row alone, all panels: the same bits as in the batch. */
static void compare_row(check *c, const shape *s, const check_matrix *batch, int64_t row, const check_matrix *alone) {
    for (int64_t n = s->panel_from * 16; n < s->panel_to * 16; n++) {
        float in_batch = *check_at(&batch->floats, row, n);
        float by_itself = *check_at(&alone->floats, 0, n);
        if (!check_same(in_batch, by_itself)) {
            check_fail(c, "y[%d, %d] depends on the batch or the slice: %.9g, alone %.9g", (int) row, (int) n, in_batch,
                       by_itself);
        }
    }
}

static dendra_scratch scratch_of(const check_memory *memory) {
    return (dendra_scratch) {memory->data, (int64_t) memory->bytes};
}

static void f32_case(check *c, int32_t encoding, const shape *s) {
    check_packed w = check_pack(c, encoding, s->outputs, s->inputs, s->style);
    check_matrix x = check_random_matrix(c, s->rows, s->inputs, s->style == CHECK_EXTREME ? 1000 : 1);
    check_matrix y = check_matrix_of(s->rows + 1, s->outputs);
    check_matrix before = check_copy(&y);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_matrix_of(1, s->outputs);
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    double magnitudes[MOST_ROWS];
    for (int64_t m = 0; m < s->rows; m++) {
        magnitudes[m] = 0;
        for (int64_t k = 0; k < s->inputs; k++) {
            magnitudes[m] += fabsf(*check_at(&x.floats, m, k));
        }
    }
    dendra_matmul_f32_job job = {c->tier->isa, s->rows,         s->panel_from, s->panel_to,
                                 w.w,          x.floats,        y.floats,      scratch_of(&scratch)};
    CHECK_CALL(c, c->tier->kernels.matmul_f32, &job);
    job.y = expected.floats;
    c->reference.matmul_f32(&job);
    compare(c, s, &before, &expected, &y, &(tolerance) {w.largest, magnitudes, s->inputs});

    int64_t row = check_random_between(c, 0, s->rows - 1);
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x.data = check_at(&x.floats, row, 0);
    job.x.rows = 1;
    job.y = alone.floats;
    CHECK_CALL(c, c->tier->kernels.matmul_f32, &job);
    compare_row(c, s, &y, row, &alone);

    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &x, "x");
    check_release_packed(c, &w);
}

void check_matmul_f32(check *c) {
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        for (int i = 0; i < shapes(c); i++) {
            shape s = shape_of(c, i);
            begin(c, "matmul_f32", encoding, &s, "f32");
            f32_case(c, encoding, &s);
        }
    }
}

/* Rounded activations in guarded memory. */
typedef struct rounded {
    dendra_codes codes;
    check_memory memory[5];
} rounded;

static void random_plane(check *c, const shape *s, int32_t group, int8_t *codes, int32_t *sums) {
    int64_t stride = dendra_padded_columns(s->inputs);
    int64_t size = group == 0 ? stride : group;
    memset(codes, 0, (size_t) (s->rows * stride));
    memset(sums, 0, (size_t) (s->rows * stride / size) * sizeof(int32_t));
    for (int64_t m = 0; m < s->rows; m++) {
        for (int64_t k = 0; k < s->inputs; k++) {
            int64_t code = check_random_between(c, -128, 127);
            if (s->style == CHECK_EXTREME) {
                static const int32_t EDGES[] = {-128, -127, 0, 127};
                code = CHECK_PICK(c, EDGES);
            }
            codes[m * stride + k] = (int8_t) code;
            sums[(m * stride + k) / size] += (int32_t) code;
        }
    }
}

static rounded random_codes(check *c, const shape *s, int32_t group, bool planes) {
    int32_t stride = (int32_t) dendra_padded_columns(s->inputs);
    size_t codes = (size_t) s->rows * (size_t) stride;
    size_t groups = group == 0 ? (size_t) s->rows : codes / (size_t) group;
    rounded r = {.codes = {.rows = s->rows, .columns = s->inputs, .stride = stride, .group = group}};
    size_t bytes[5] = {codes, groups * sizeof(float), groups * sizeof(int32_t), codes, groups * sizeof(int32_t)};
    for (int i = 0; i < (planes ? 5 : 3); i++) {
        r.memory[i] = check_allocate(bytes[i]);
    }
    r.codes.codes = r.memory[0].data;
    r.codes.scales = r.memory[1].data;
    r.codes.sums = r.memory[2].data;
    r.codes.low_codes = r.memory[3].data;
    r.codes.low_sums = r.memory[4].data;
    random_plane(c, s, group, r.codes.codes, r.codes.sums);
    if (planes) {
        random_plane(c, s, group, r.codes.low_codes, r.codes.low_sums);
    }
    for (size_t i = 0; i < groups; i++) {
        r.codes.scales[i] = fabsf(check_random_float(c, s->style == CHECK_EXTREME ? 1e6f : 0.1f));
    }
    return r;
}

/* The activations from one row on. */
static dendra_codes row_of(const dendra_codes *codes, int64_t row) {
    int64_t first = row * codes->stride;
    int64_t group = codes->group == 0 ? row : first / codes->group;
    dendra_codes one = *codes;
    one.rows = 1;
    one.codes += first;
    one.scales += group;
    one.sums += group;
    if (one.low_codes != NULL) {
        one.low_codes += first;
        one.low_sums += group;
    }
    return one;
}

static void codes_case(check *c, int32_t encoding, const shape *s, bool planes, int32_t tile_rows_from) {
    check_packed w = check_pack(c, encoding, s->outputs, s->inputs, s->style);
    rounded x = random_codes(c, s, encoding == DENDRA_I8 ? 0 : DENDRA_GROUP, planes);
    check_matrix y = check_matrix_of(s->rows + 1, s->outputs);
    check_matrix before = check_copy(&y);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_matrix_of(1, s->outputs);
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    dendra_matmul_codes_job job = {c->tier->isa,   s->rows, s->panel_from, s->panel_to, tile_rows_from,
                                   0,              w.w,     x.codes,       y.floats,    scratch_of(&scratch)};
    CHECK_CALL(c, c->tier->kernels.matmul_codes, &job);
    job.y = expected.floats;
    c->reference.matmul_codes(&job);
    compare(c, s, &before, &expected, &y, &(tolerance) {NULL, NULL, s->inputs});

    int64_t row = check_random_between(c, 0, s->rows - 1) / 16 * 16; /* whose scales are aligned */
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x = row_of(&x.codes, row);
    job.y = alone.floats;
    CHECK_CALL(c, c->tier->kernels.matmul_codes, &job);
    compare_row(c, s, &y, row, &alone);

    for (int i = 0; i < (planes ? 5 : 3); i++) {
        check_release(c, &x.memory[i], "codes");
    }
    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
    check_release_packed(c, &w);
}

void check_matmul_codes(check *c) {
    static const int32_t TILE_ROWS_FROM[] = {1, 4, 17, INT32_MAX};
    for (int32_t encoding = DENDRA_I8; encoding <= DENDRA_U4G32; encoding++) {
        for (int planes = 0; planes < 2; planes++) {
            for (int i = 0; i < shapes(c); i++) {
                shape s = shape_of(c, i);
                begin(c, "matmul_codes", encoding, &s, planes ? "i16" : "i8");
                codes_case(c, encoding, &s, planes, CHECK_PICK(c, TILE_ROWS_FROM));
            }
        }
    }
}

static void bf16_case(check *c, int32_t encoding, const shape *s, int32_t tile_rows_from) {
    check_packed w = check_pack(c, encoding, s->outputs, s->inputs, s->style);
    int32_t stride = (int32_t) dendra_padded_columns(s->inputs);
    check_memory x = check_allocate((size_t) s->rows * (size_t) stride * sizeof(uint16_t));
    uint16_t *values = x.data;
    double magnitudes[MOST_ROWS];
    for (int64_t m = 0; m < s->rows; m++) {
        magnitudes[m] = 0;
        for (int64_t k = 0; k < stride; k++) {
            float value = k < s->inputs ? check_random_float(c, s->style == CHECK_EXTREME ? 1000 : 1) : 0;
            uint32_t bits;
            memcpy(&bits, &value, sizeof bits);
            values[m * stride + k] = (uint16_t) (bits >> 16);
            magnitudes[m] += fabsf(value);
        }
    }
    check_matrix y = check_matrix_of(s->rows + 1, s->outputs);
    check_matrix before = check_copy(&y);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_matrix_of(1, s->outputs);
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    dendra_matmul_bf16_job job = {.isa = c->tier->isa,
                                  .rows = s->rows,
                                  .panel_from = s->panel_from,
                                  .panel_to = s->panel_to,
                                  .tile_rows_from = tile_rows_from,
                                  .w = w.w,
                                  .x = {values, s->rows, s->inputs, stride, 0},
                                  .y = y.floats,
                                  .scratch = scratch_of(&scratch)};
    CHECK_CALL(c, c->tier->kernels.matmul_bf16, &job);
    job.y = expected.floats;
    c->reference.matmul_bf16(&job);
    compare(c, s, &before, &expected, &y, &(tolerance) {w.largest, magnitudes, s->inputs});

    int64_t row = check_random_between(c, 0, s->rows - 1);
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x.data = values + row * stride;
    job.x.rows = 1;
    job.y = alone.floats;
    CHECK_CALL(c, c->tier->kernels.matmul_bf16, &job);
    compare_row(c, s, &y, row, &alone);

    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
    check_release(c, &x, "x");
    check_release_packed(c, &w);
}

/* Tiles and dot products may add in different orders; each by itself may not. */
void check_matmul_bf16(check *c) {
    static const int32_t TILE_ROWS_FROM[] = {1, INT32_MAX};
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        for (int i = 0; i < shapes(c); i++) {
            shape s = shape_of(c, i);
            begin(c, "matmul_bf16", encoding, &s, "bf16");
            bf16_case(c, encoding, &s, CHECK_PICK(c, TILE_ROWS_FROM));
        }
    }
}

static void gather_case(check *c, int32_t encoding, const shape *s) {
    int32_t rows = s->rows > 64 ? 64 : s->rows;
    check_packed table = check_pack(c, encoding, s->outputs, s->inputs, s->style);
    check_matrix y = check_matrix_of(rows, s->inputs);
    check_matrix expected = check_copy(&y);
    check_memory tokens = check_allocate((size_t) rows * sizeof(int32_t));
    for (int64_t row = 0; row < rows; row++) {
        ((int32_t *) tokens.data)[row] = (int32_t) check_random_between(c, 0, s->outputs - 1);
    }
    dendra_gather_job job = {.isa = c->tier->isa,
                             .row_from = (int32_t) check_random_between(c, 0, rows / 2),
                             .table = table.w,
                             .step = {.tokens = tokens.data, .capacity = rows},
                             .y = y.floats};
    job.row_to = (int32_t) check_random_between(c, job.row_from, rows);
    CHECK_CALL(c, c->tier->kernels.gather, &job);
    job.y = expected.floats;
    c->reference.gather(&job);
    check_same_bytes(c, "y", expected.floats.data, y.floats.data, y.memory.bytes);
    check_release(c, &tokens, "tokens");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &y, "y");
    check_release_packed(c, &table);
}

void check_gather(check *c) {
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        for (int i = 0; i < INPUT_COUNT; i++) {
            shape s = shape_of(c, i);
            begin(c, "gather", encoding, &s, "");
            gather_case(c, encoding, &s);
        }
    }
}
