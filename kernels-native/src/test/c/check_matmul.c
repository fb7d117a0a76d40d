/* SPDX-License-Identifier: Apache-2.0 */
/* Products with packed weights, and rows of packed tables. */
#include <math.h>
#include <string.h>

#include "check.h"
#include "sparse.h"

/* Round the edges of panels, groups, lines, tiles, and of the row counts that kernels block by. */
static const int32_t ROWS[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  12, 13,  15,  16,
                               17, 24, 31, 32, 33, 47, 48, 63, 64, 65, 100, 256, 512};
static const int32_t OUTPUTS[] = {1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 80, 96, 127, 128, 160};
static const int32_t INPUTS[] = {1,   2,   4,   31,  32,  33,  63,  64,  65,  95,  96,   97,   127,  128,
                                 129, 191, 192, 193, 255, 256, 257, 320, 448, 576, 1000, 1024, 1536, 2080, 65536};

enum {
    INPUT_COUNT = sizeof INPUTS / sizeof INPUTS[0],
    MOST_ROWS = 529 /* the last rows of their own, behind those that kernels take at once */
};

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

/*
 * Each number of inputs in turn; rows and outputs at random, as large as the reference does in a reasonable time. The
 * first, with few inputs, have the most rows.
 */
static shape shape_of(check *c, int number) {
    int64_t budget = c->quick ? 400000 : 4000000;
    shape s = {.inputs = INPUTS[number % INPUT_COUNT], .style = number % 4 == 3 ? CHECK_EXTREME : CHECK_ORDINARY};
    do {
        s.rows = number < 4 ? MOST_ROWS : CHECK_PICK(c, ROWS);
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

/* The weights of a product, and those that the scalar kernel multiplies for comparison. */
typedef struct operand {
    dendra_weights w;
    dendra_weights reference;
    const float *largest;
} operand;

static operand dense_operand(const check_packed *w) { return (operand) {w->w, w->w, w->largest}; }
static operand sparse_operand(const check_sparse *w) { return (operand) {w->w, w->dense.w, w->dense.largest}; }

/* A product with a sparse matrix, as one argument. */
typedef struct sparse_call {
    const dendra_kernel_table *kernels;
    const void *job;
} sparse_call;

static void sparse_f32(const sparse_call *call) { dendra_sparse_matmul_f32(call->kernels, call->job); }
static void sparse_codes(const sparse_call *call) { dendra_sparse_matmul_codes(call->kernels, call->job); }
static void sparse_bf16(const sparse_call *call) { dendra_sparse_matmul_bf16(call->kernels, call->job); }

/* Calls the kernels under test with a job of that type, as the library does. */
#define MULTIPLY(c, type, job)                                                                                         \
    do {                                                                                                               \
        if ((job)->w.pattern == DENDRA_DENSE) {                                                                        \
            CHECK_CALL(c, (c)->tier->kernels.matmul_##type, job);                                                      \
        } else {                                                                                                       \
            sparse_call call = {&(c)->tier->kernels, job};                                                             \
            CHECK_CALL(c, sparse_##type, &call);                                                                       \
        }                                                                                                              \
    } while (0)

/* As much as the product may count on. */
static check_memory allocate_scratch(const operand *w) {
    return check_allocate(w->w.pattern == DENDRA_DENSE ? DENDRA_SCRATCH_BYTES : DENDRA_WORKER_SCRATCH_BYTES);
}

static dendra_scratch scratch_of(const check_memory *memory) {
    return (dendra_scratch) {memory->data, (int64_t) memory->bytes};
}

static void f32_case(check *c, const operand *w, const shape *s) {
    check_matrix x = check_random_matrix(c, s->rows, s->inputs, s->style == CHECK_EXTREME ? 1000 : 1);
    check_matrix y = check_matrix_of(s->rows + 1, s->outputs);
    check_matrix before = check_copy(&y);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_matrix_of(1, s->outputs);
    check_memory scratch = allocate_scratch(w);
    double magnitudes[MOST_ROWS];
    for (int64_t m = 0; m < s->rows; m++) {
        magnitudes[m] = 0;
        for (int64_t k = 0; k < s->inputs; k++) {
            magnitudes[m] += fabsf(*check_at(&x.floats, m, k));
        }
    }
    dendra_matmul_f32_job job = {c->tier->isa, s->rows,         s->panel_from, s->panel_to,
                                 w->w,          x.floats,        y.floats,      scratch_of(&scratch)};
    MULTIPLY(c, f32, &job);
    job.y = expected.floats;
    job.w = w->reference;
    c->reference.matmul_f32(&job);
    job.w = w->w;
    compare(c, s, &before, &expected, &y, &(tolerance) {w->largest, magnitudes, s->inputs});

    int64_t row = check_random_between(c, 0, s->rows - 1);
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x.data = check_at(&x.floats, row, 0);
    job.x.rows = 1;
    job.y = alone.floats;
    MULTIPLY(c, f32, &job);
    compare_row(c, s, &y, row, &alone);

    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &x, "x");
}

void check_matmul_f32(check *c) {
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        for (int i = 0; i < shapes(c); i++) {
            shape s = shape_of(c, i);
            begin(c, "matmul_f32", encoding, &s, "f32");
            check_packed w = check_pack(c, encoding, s.outputs, s.inputs, s.style);
            operand o = dense_operand(&w);
            f32_case(c, &o, &s);
            check_release_packed(c, &w);
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

static void codes_case(check *c, const operand *w, const shape *s, bool planes, int32_t tile_rows_from) {
    rounded x = random_codes(c, s, w->w.encoding == DENDRA_I8 ? 0 : DENDRA_GROUP, planes);
    check_matrix y = check_matrix_of(s->rows + 1, s->outputs);
    check_matrix before = check_copy(&y);
    check_matrix expected = check_copy(&y);
    check_matrix alone = check_matrix_of(1, s->outputs);
    check_memory scratch = allocate_scratch(w);
    dendra_matmul_codes_job job = {c->tier->isa,   s->rows, s->panel_from, s->panel_to, tile_rows_from,
                                   0,              w->w,     x.codes,       y.floats,    scratch_of(&scratch)};
    MULTIPLY(c, codes, &job);
    job.y = expected.floats;
    job.w = w->reference;
    c->reference.matmul_codes(&job);
    job.w = w->w;
    compare(c, s, &before, &expected, &y, &(tolerance) {NULL, NULL, s->inputs});

    int64_t row = check_random_between(c, 0, s->rows - 1) / 16 * 16; /* whose scales are aligned */
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x = row_of(&x.codes, row);
    job.y = alone.floats;
    MULTIPLY(c, codes, &job);
    compare_row(c, s, &y, row, &alone);

    for (int i = 0; i < (planes ? 5 : 3); i++) {
        check_release(c, &x.memory[i], "codes");
    }
    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
}

static const int32_t CODE_TILE_ROWS_FROM[] = {1, 4, 17, INT32_MAX};

void check_matmul_codes(check *c) {
    for (int32_t encoding = DENDRA_I8; encoding <= DENDRA_U4G32; encoding++) {
        for (int planes = 0; planes < 2; planes++) {
            for (int i = 0; i < shapes(c); i++) {
                shape s = shape_of(c, i);
                begin(c, "matmul_codes", encoding, &s, planes ? "i16" : "i8");
                check_packed w = check_pack(c, encoding, s.outputs, s.inputs, s.style);
                operand o = dense_operand(&w);
                codes_case(c, &o, &s, planes, CHECK_PICK(c, CODE_TILE_ROWS_FROM));
                check_release_packed(c, &w);
            }
        }
    }
}

static void bf16_case(check *c, const operand *w, const shape *s, int32_t tile_rows_from) {
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
    check_memory scratch = allocate_scratch(w);
    dendra_matmul_bf16_job job = {.isa = c->tier->isa,
                                  .rows = s->rows,
                                  .panel_from = s->panel_from,
                                  .panel_to = s->panel_to,
                                  .tile_rows_from = tile_rows_from,
                                  .w = w->w,
                                  .x = {values, s->rows, s->inputs, stride, 0},
                                  .y = y.floats,
                                  .scratch = scratch_of(&scratch)};
    MULTIPLY(c, bf16, &job);
    job.y = expected.floats;
    job.w = w->reference;
    c->reference.matmul_bf16(&job);
    compare(c, s, &before, &expected, &y, &(tolerance) {w->largest, magnitudes, s->inputs});
    if (w->w.pattern == DENDRA_UNSTRUCTURED || w->w.pattern == DENDRA_QUADS) {
        /* However panels are expanded, sums are those of the kernel for dense ones. */
        c->tier->kernels.matmul_bf16(&job);
        compare(c, s, &before, &expected, &y, &(tolerance) {NULL, NULL, s->inputs});
    }
    job.w = w->w;

    int64_t row = check_random_between(c, 0, s->rows - 1);
    job.rows = 1;
    job.panel_from = 0;
    job.panel_to = (s->outputs + 15) / 16;
    job.x.data = values + row * stride;
    job.x.rows = 1;
    job.y = alone.floats;
    MULTIPLY(c, bf16, &job);
    compare_row(c, s, &y, row, &alone);

    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &alone, "y");
    check_release_matrix(c, &expected, "expected");
    check_release_matrix(c, &before, "before");
    check_release_matrix(c, &y, "y");
    check_release(c, &x, "x");
}

/* Tiles and dot products may add in different orders; each by itself may not. */
static const int32_t BFLOAT_TILE_ROWS_FROM[] = {1, INT32_MAX};

void check_matmul_bf16(check *c) {
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        for (int i = 0; i < shapes(c); i++) {
            shape s = shape_of(c, i);
            begin(c, "matmul_bf16", encoding, &s, "bf16");
            check_packed w = check_pack(c, encoding, s.outputs, s.inputs, s.style);
            operand o = dense_operand(&w);
            bf16_case(c, &o, &s, CHECK_PICK(c, BFLOAT_TILE_ROWS_FROM));
            check_release_packed(c, &w);
        }
    }
}

/* From empty to full; the others with parts of lines, of blocks and of tiles. */
static const double DENSITIES[] = {0, 0.06, 0.5, 0.9, 1};

enum { DENSITY_COUNT = sizeof DENSITIES / sizeof DENSITIES[0] };

static check_sparse begin_sparse(check *c, const char *kernel, int32_t encoding, int32_t pattern, int number, const shape *s,
                                 const char *activations) {
    double density = DENSITIES[number % DENSITY_COUNT];
    bool equal = number % 3 != 0;
    check_begin(c, "%s %s %s density %g%s %s M=%d N=%d K=%d panels %d..%d%s", kernel, check_encoding_name(encoding),
                check_pattern_name(pattern), density, equal ? "" : " unequal", activations, s->rows, s->outputs, s->inputs,
                s->panel_from, s->panel_to, s->style == CHECK_EXTREME ? " extreme" : "");
    return check_pack_sparse(c, encoding, pattern, density, equal, s->outputs, s->inputs, s->style);
}

/* Calls `body` with a sparse matrix `w`, its operand `o` and a shape `s`, for each encoding and pattern. */
#define EACH_SPARSE(kernel, least_encoding, activations, body)                                                         \
    for (int32_t encoding = (least_encoding); encoding < DENDRA_ENCODING_COUNT; encoding++) {                          \
        for (int32_t pattern = DENDRA_UNSTRUCTURED; pattern < DENDRA_PATTERN_COUNT; pattern++) {                       \
            for (int i = 0; i < shapes(c); i++) {                                                                      \
                shape s = shape_of(c, i);                                                                              \
                check_sparse w = begin_sparse(c, kernel, encoding, pattern, i, &s, activations);                       \
                operand o = sparse_operand(&w);                                                                        \
                body;                                                                                                  \
                check_release_sparse(c, &w);                                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }

void check_sparse_f32(check *c) { EACH_SPARSE("sparse_f32", DENDRA_BF16, "f32", f32_case(c, &o, &s)) }

void check_sparse_codes(check *c) {
    for (int planes = 0; planes < 2; planes++) {
        EACH_SPARSE("sparse_codes", DENDRA_I8, planes ? "i16" : "i8",
                    codes_case(c, &o, &s, planes, CHECK_PICK(c, CODE_TILE_ROWS_FROM)))
    }
}

void check_sparse_bf16(check *c) {
    EACH_SPARSE("sparse_bf16", DENDRA_BF16, "bf16", bf16_case(c, &o, &s, CHECK_PICK(c, BFLOAT_TILE_ROWS_FROM)))
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
