/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of packed weights with activations in f32, and in bfloat16 by way of f32. Outputs are lanes; the sum over
 * each group of 32 inputs is one chain of fused multiply-adds in ascending order, on bare codes where a group has a scale,
 * and then goes to the output: y = fma(scale, sum, fma(minimum, sum of x, y)). That order is the same for any number of
 * rows, and so is a row's result.
 *
 * A few rows of f32 are bound by the weights: these are read as one ascending stream and converted in registers, with
 * groups side by side where a single chain would wait for itself. More rows share the conversion: a block of groups and
 * of registers of outputs is written to scratch as floats, which stay in the first-level cache, and swept by 6 rows at a
 * time: 10 loads serve 24 multiply-adds, or 8 serve 12 where there are half as many registers.
 */
#include "../matmul.h"

enum {
    LINE_REGISTERS = 16 / LANES,
    /* With sums for 6 rows, as many as leave room for an activation. */
    BLOCK_REGISTERS = REGISTERS == 32 ? 4 : 2,
    BLOCK_PANELS = BLOCK_REGISTERS / LINE_REGISTERS,
    BLOCK_OUTPUTS = BLOCK_REGISTERS * LANES,
    BLOCK_ROWS = 6,
    /* A block of them stays in a first-level cache of 32 KiB, or nearly. */
    BLOCK_GROUPS = 16 / BLOCK_REGISTERS,
    BLOCK_COLUMNS = BLOCK_GROUPS * DENDRA_GROUP,
    UNROLLED_INPUTS = 4
};

/* A group of BLOCK_OUTPUTS outputs as floats: weights, or codes with their scale. */
typedef struct float_group {
    float weights[DENDRA_GROUP][BLOCK_OUTPUTS];
    float scale[BLOCK_OUTPUTS];
    float minimum[BLOCK_OUTPUTS];
} float_group;

typedef struct float_scratch {
    float_group groups[BLOCK_GROUPS];
    float x[CHUNK_ROWS][BLOCK_COLUMNS];   /* of bfloat16 */
    float sums[CHUNK_ROWS][BLOCK_GROUPS]; /* of x over groups */
} float_scratch;

_Static_assert(sizeof(float_scratch) <= DENDRA_SCRATCH_BYTES, "scratch");

/* Rows of activations from one row and one group on. */
typedef struct float_rows {
    const float *x;
    int64_t stride;
    const float *sums;
    int64_t sums_stride;
} float_rows;

/* The weight, or its code, of the `j`th input of a line. */
ALWAYS_INLINE v_floats line_input(const int encoding, v_ints line, const int j) {
    switch (encoding) {
    case DENDRA_F32:
        return v_from_bits(line);
    case DENDRA_BF16:
        return v_from_bits(j == 0 ? v_shift_left(line, 16) : v_and(line, v_splat_int((int32_t) 0xffff0000)));
    case DENDRA_U4G32:
        return v_nibble(j == 0 ? line : v_shift_right(line, j % 4 * 8 + j / 4 * 4));
    default:
        return v_convert(v_shift_right_signed(j == 3 ? line : v_shift_left(line, 24 - 8 * j), 24));
    }
}

/* Scale and minimum of the outputs of one register in group `g`; 1 and 0 where there is none. */
typedef struct affine_map {
    v_floats scale;
    v_floats minimum;
} affine_map;

ALWAYS_INLINE affine_map group_map(const int encoding, const uint8_t *panel, int64_t g, const int part) {
    if (!has_group_scales(encoding)) {
        return (affine_map) {v_splat(1), v_zero()};
    }
    v_ints low = v_load_line(group_scales(encoding, panel, g) + part * LANES * 4);
    v_ints high = v_shift_right(low, 16);
    if (encoding == DENDRA_I8G32) {
        return (affine_map) {v_half(g % 2 == 0 ? low : high), v_zero()};
    }
    return (affine_map) {v_half(low), v_half(high)};
}

ALWAYS_INLINE v_floats fold(const bool affine, affine_map map, v_floats sum, float x_sum, v_floats y) {
    return v_fma(map.scale, sum, affine ? v_fma(map.minimum, v_splat(x_sum), y) : y);
}

/* To bfloat16, to the nearest and ties to even. */
static inline v_floats rounded_to_bfloat(v_floats x) {
    v_ints odd = v_and(v_shift_right(v_bits(x), 16), v_splat_int(1));
    v_ints up = v_add_ints(v_bits(x), v_add_ints(odd, v_splat_int(0x7fff)));
    return v_where(v_is_nan(x), x, v_from_bits(v_and(up, v_splat_int((int32_t) 0xffff0000))));
}

static float group_sum(const float *x) {
    v_floats sum = v_load(x);
    for (int i = LANES; i < DENDRA_GROUP; i += LANES) {
        sum = v_add(sum, v_load(x + i));
    }
    return v_sum(sum);
}

/* Writes groups of one panel from `group` on, whose outputs go to `column` and those after it. */
ALWAYS_INLINE void expand(const int encoding, const bool bfloats, const uint8_t *panel, int64_t group, int64_t count,
                          float_group *target, int column) {
    const int inputs = DENDRA_GROUP / group_lines(encoding);
    for (int64_t g = 0; g < count; g++) {
        UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) {
            const int at = column + part * LANES;
            const affine_map map = group_map(encoding, panel, group + g, part);
            const uint8_t *codes = group_codes(encoding, panel, group + g) + part * LANES * 4;
            for (int line = 0; line < group_lines(encoding); line++) {
                v_ints bits = v_load_line(codes + line * DENDRA_LINE_BYTES);
                UNROLLED for (int j = 0; j < inputs; j++) {
                    v_floats weight = line_input(encoding, bits, j);
                    if (bfloats && has_group_scales(encoding)) {
                        weight = rounded_to_bfloat(v_fma(map.scale, weight, map.minimum));
                    } else if (bfloats && encoding == DENDRA_F32) {
                        weight = rounded_to_bfloat(weight);
                    }
                    v_store(target[g].weights[line * inputs + j] + at, weight);
                }
            }
            v_store(target[g].scale + at, bfloats ? v_splat(1) : map.scale);
            v_store(target[g].minimum + at, map.minimum);
        }
    }
}

static void expand_block(int encoding, bool bfloats, const uint8_t *panel, int64_t group, int64_t count,
                         float_group *target, int column) {
    if (bfloats) {
        switch (encoding) {
            CASE(DENDRA_F32, expand(DENDRA_F32, true, panel, group, count, target, column));
            CASE(DENDRA_BF16, expand(DENDRA_BF16, true, panel, group, count, target, column));
            CASE(DENDRA_I8, expand(DENDRA_I8, true, panel, group, count, target, column));
            CASE(DENDRA_I8G32, expand(DENDRA_I8G32, true, panel, group, count, target, column));
            CASE(DENDRA_U4G32, expand(DENDRA_U4G32, true, panel, group, count, target, column));
        }
    } else {
        switch (encoding) {
            CASE(DENDRA_F32, expand(DENDRA_F32, false, panel, group, count, target, column));
            CASE(DENDRA_BF16, expand(DENDRA_BF16, false, panel, group, count, target, column));
            CASE(DENDRA_I8, expand(DENDRA_I8, false, panel, group, count, target, column));
            CASE(DENDRA_I8G32, expand(DENDRA_I8G32, false, panel, group, count, target, column));
            CASE(DENDRA_U4G32, expand(DENDRA_U4G32, false, panel, group, count, target, column));
        }
    }
}

/* Adds `count` expanded groups to `rows` rows of y. Bound by the two ports of multiply-adds. */
ALWAYS_INLINE void sweep(const int rows, const int registers, const bool affine, float_rows x, const float_group *group,
                         int64_t count, float *y, int64_t y_stride) {
    for (int64_t g = 0; g < count; g++, group++) {
        v_floats sum[BLOCK_ROWS][BLOCK_REGISTERS];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int c = 0; c < registers; c++) { sum[r][c] = v_zero(); }
        }
        const float *input = x.x + g * DENDRA_GROUP;
        const float(*weights)[BLOCK_OUTPUTS] = group->weights;
        do {
            UNROLLED for (int k = 0; k < UNROLLED_INPUTS; k++) {
                v_floats weight[BLOCK_REGISTERS];
                UNROLLED for (int c = 0; c < registers; c++) { weight[c] = v_load(weights[k] + c * LANES); }
                UNROLLED for (int r = 0; r < rows; r++) {
                    v_floats activation = v_splat(input[r * x.stride + k]);
                    UNROLLED for (int c = 0; c < registers; c++) {
                        sum[r][c] = v_fma(weight[c], activation, sum[r][c]);
                    }
                }
            }
            weights += UNROLLED_INPUTS;
            input += UNROLLED_INPUTS;
        } while (weights < group->weights + DENDRA_GROUP);
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int c = 0; c < registers; c++) {
                affine_map map = {v_load(group->scale + c * LANES), v_load(group->minimum + c * LANES)};
                float *place = y + r * y_stride + c * LANES;
                v_store(place, fold(affine, map, sum[r][c], affine ? x.sums[r * x.sums_stride + g] : 0, v_load(place)));
            }
        }
    }
}

#define SWEEP(registers, affine)                                                                                       \
    switch (rows) {                                                                                                    \
        CASE(1, sweep(1, registers, affine, x, group, count, y, y_stride));                                            \
        CASE(2, sweep(2, registers, affine, x, group, count, y, y_stride));                                            \
        CASE(3, sweep(3, registers, affine, x, group, count, y, y_stride));                                            \
        CASE(4, sweep(4, registers, affine, x, group, count, y, y_stride));                                            \
        CASE(5, sweep(5, registers, affine, x, group, count, y, y_stride));                                            \
        CASE(6, sweep(6, registers, affine, x, group, count, y, y_stride));                                            \
    }

#define DEFINE_SWEEP(name, registers)                                                                                  \
    static void name(int64_t rows, bool affine, float_rows x, const float_group *group, int64_t count, float *y,       \
                     int64_t y_stride) {                                                                               \
        if (affine) {                                                                                                  \
            SWEEP(registers, true)                                                                                     \
        } else {                                                                                                       \
            SWEEP(registers, false)                                                                                    \
        }                                                                                                              \
    }

#if LANES == 16
DEFINE_SWEEP(sweep_1, 1)
DEFINE_SWEEP(sweep_4, 4)
#endif
DEFINE_SWEEP(sweep_2, 2)

typedef void (*sweep_function)(int64_t rows, bool affine, float_rows x, const float_group *group, int64_t count, float *y,
                               int64_t y_stride);

static sweep_function sweep_of(int64_t registers) {
#if LANES == 16
    return registers == 4 ? sweep_4 : registers == 2 ? sweep_2 : sweep_1;
#else
    (void) registers; /* a panel is two registers */
    return sweep_2;
#endif
}

/* What the products in f32 and in bfloat16 have in common; one of `x` and `bfloats` is NULL. */
typedef struct float_product {
    const dendra_weights *w;
    const dendra_floats *x;
    const dendra_bfloats *bfloats;
    const dendra_floats *y;
    int64_t panel_from;
    int64_t panel_to;
    float_scratch *scratch;
} float_product;

static float *output(const float_product *job, int64_t row, int64_t panel) {
    return job->y->data + row * job->y->stride + panel * DENDRA_PANEL_ROWS;
}

/* What the finished sums of encoding i8 are multiplied with. */
static void scale_channels(const float_product *job, int64_t row, int64_t rows, int64_t panel) {
    const float *scale = (const float *) dendra_panel(job->w, panel);
    for (int64_t r = row; r < row + rows; r++) {
        float *y = output(job, r, panel);
        for (int i = 0; i < DENDRA_PANEL_ROWS; i += LANES) {
            v_store(y + i, v_mul(v_load(y + i), v_load(scale + i)));
        }
    }
}

static void clear(const float_product *job, int64_t row, int64_t rows, int64_t panel) {
    for (int64_t r = row; r < row + rows; r++) {
        for (int i = 0; i < DENDRA_PANEL_ROWS; i += LANES) {
            v_store(output(job, r, panel) + i, v_zero());
        }
    }
}

/* Rows of activations and the sums of their groups, which u4g32 needs in f32. */
static float_rows prepare(const float_product *job, int64_t row, int64_t rows, int64_t group, int64_t count) {
    float_scratch *scratch = job->scratch;
    if (job->bfloats != NULL) {
        for (int64_t r = 0; r < rows; r++) {
            const uint16_t *x = job->bfloats->data + (row + r) * job->bfloats->stride + group * DENDRA_GROUP;
            for (int64_t k = 0; k < count * DENDRA_GROUP; k += LANES) {
                v_store(scratch->x[r] + k, v_load_bfloats(x + k));
            }
        }
        return (float_rows) {scratch->x[0], BLOCK_COLUMNS, NULL, 0};
    }
    const float *x = job->x->data + row * job->x->stride + group * DENDRA_GROUP;
    if (job->w->encoding == DENDRA_U4G32) {
        for (int64_t r = 0; r < rows; r++) {
            for (int64_t g = 0; g < count; g++) {
                scratch->sums[r][g] = group_sum(x + r * job->x->stride + g * DENDRA_GROUP);
            }
        }
    }
    return (float_rows) {x, job->x->stride, scratch->sums[0], BLOCK_GROUPS};
}

/* A chunk of rows and a block of inputs with all panels of the slice. */
static void multiply_block(const float_product *job, int64_t row, int64_t rows, int64_t group, int64_t count) {
    const float_rows x = prepare(job, row, rows, group, count);
    const bool affine = job->w->encoding == DENDRA_U4G32 && job->bfloats == NULL;
    int64_t panels;
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel += panels) {
        panels = panels_at(panel, job->panel_to, BLOCK_PANELS);
        const sweep_function sweep_rows = sweep_of(panels * LINE_REGISTERS);
        for (int64_t p = 0; p < panels; p++) {
            expand_block(job->w->encoding, job->bfloats != NULL, dendra_panel(job->w, panel + p), group, count,
                         job->scratch->groups, (int) p * DENDRA_PANEL_ROWS);
        }
        int64_t block;
        for (int64_t r = 0; r < rows; r += block) {
            block = block_size(rows, BLOCK_ROWS, r);
            float_rows from = {x.x + r * x.stride, x.stride, x.sums + r * x.sums_stride, x.sums_stride};
            sweep_rows(block, affine, from, job->scratch->groups, count, output(job, row + r, panel), job->y->stride);
        }
    }
}

static void multiply(const float_product *job, int64_t all_rows) {
    const int64_t groups = dendra_padded_columns(job->w->columns) / DENDRA_GROUP;
    int64_t rows;
    for (int64_t row = 0; row < all_rows; row += rows) {
        rows = block_size(all_rows, CHUNK_ROWS, row);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            clear(job, row, rows, panel);
        }
        for (int64_t group = 0; group < groups; group += BLOCK_GROUPS) {
            multiply_block(job, row, rows, group, smaller(BLOCK_GROUPS, groups - group));
        }
        for (int64_t panel = job->panel_from; panel < job->panel_to && job->w->encoding == DENDRA_I8; panel++) {
            scale_channels(job, row, rows, panel);
        }
    }
}

/* One panel with `rows` rows of f32, converted in registers; `sums` are of x over groups. */
ALWAYS_INLINE void stream(const int rows, const int encoding, const float_product *job, const float *sums,
                          int64_t panel_index) {
    enum { MOST_SIDE_BY_SIDE = 2 };
    const int side_by_side = rows * LINE_REGISTERS >= 4 ? 1 : MOST_SIDE_BY_SIDE;
    const int lines = group_lines(encoding);
    const int inputs = DENDRA_GROUP / lines;
    const int64_t groups = dendra_padded_columns(job->w->columns) / DENDRA_GROUP;
    const uint8_t *panel = dendra_panel(job->w, panel_index);
    const float *x = job->x->data;
    const int64_t stride = job->x->stride;
    v_floats y[DIRECT_ROWS][LINE_REGISTERS];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) { y[r][part] = v_zero(); }
    }
    int64_t g = 0;
    do {
        v_floats sum[MOST_SIDE_BY_SIDE][DIRECT_ROWS][LINE_REGISTERS];
        UNROLLED for (int s = 0; s < side_by_side; s++) {
            UNROLLED for (int r = 0; r < rows; r++) {
                UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) { sum[s][r][part] = v_zero(); }
            }
        }
        int line = 0;
        do {
            UNROLLED for (int s = 0; s < side_by_side; s++) {
                const uint8_t *codes = group_codes(encoding, panel, g + s) + line * DENDRA_LINE_BYTES;
                _mm_prefetch((const char *) codes + PREFETCH_BYTES, _MM_HINT_T0);
                UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) {
                    v_ints bits = v_load_line(codes + part * LANES * 4);
                    UNROLLED for (int j = 0; j < inputs; j++) {
                        v_floats weight = line_input(encoding, bits, j);
                        UNROLLED for (int r = 0; r < rows; r++) {
                            float activation = x[r * stride + (g + s) * DENDRA_GROUP + line * inputs + j];
                            sum[s][r][part] = v_fma(weight, v_splat(activation), sum[s][r][part]);
                        }
                    }
                }
            }
        } while (++line < lines);
        UNROLLED for (int s = 0; s < side_by_side; s++) {
            UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) {
                affine_map map = group_map(encoding, panel, g + s, part);
                UNROLLED for (int r = 0; r < rows; r++) {
                    const bool affine = encoding == DENDRA_U4G32;
                    y[r][part] = fold(affine, map, sum[s][r][part], affine ? sums[r * groups + g + s] : 0, y[r][part]);
                }
            }
        }
        g += side_by_side;
    } while (g < groups);
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int part = 0; part < LINE_REGISTERS; part++) {
            v_store(output(job, r, panel_index) + part * LANES, y[r][part]);
        }
    }
}

#define DEFINE_STREAM(name, encoding)                                                                                  \
    static void name(const float_product *job, int64_t rows, const float *sums, int64_t panel) {                       \
        switch (rows) {                                                                                                \
            CASE(1, stream(1, encoding, job, sums, panel));                                                            \
            CASE(2, stream(2, encoding, job, sums, panel));                                                            \
            CASE(3, stream(3, encoding, job, sums, panel));                                                            \
            CASE(4, stream(4, encoding, job, sums, panel));                                                            \
        }                                                                                                              \
    }

DEFINE_STREAM(stream_f32, DENDRA_F32)
DEFINE_STREAM(stream_bf16, DENDRA_BF16)
DEFINE_STREAM(stream_i8, DENDRA_I8)
DEFINE_STREAM(stream_i8g32, DENDRA_I8G32)
DEFINE_STREAM(stream_u4g32, DENDRA_U4G32)

static void multiply_few(const float_product *job, int64_t rows) {
    static void (*const STREAMS[])(const float_product *, int64_t, const float *, int64_t) = {
        stream_f32, stream_bf16, stream_i8, stream_i8g32, stream_u4g32};
    const int64_t groups = dendra_padded_columns(job->w->columns) / DENDRA_GROUP;
    float *sums = (float *) job->scratch;
    for (int64_t r = 0; r < rows && job->w->encoding == DENDRA_U4G32; r++) {
        for (int64_t g = 0; g < groups; g++) {
            sums[r * groups + g] = group_sum(job->x->data + r * job->x->stride + g * DENDRA_GROUP);
        }
    }
    for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
        STREAMS[job->w->encoding](job, rows, sums, panel);
        if (job->w->encoding == DENDRA_I8) {
            scale_channels(job, 0, rows, panel);
        }
    }
}

void KERNEL(matmul_f32)(const dendra_matmul_f32_job *job) {
    const float_product product = {&job->w,        &job->x,       NULL, &job->y, job->panel_from,
                                   job->panel_to, job->scratch.data};
    int64_t sums = job->rows * dendra_padded_columns(job->w.columns) / DENDRA_GROUP;
    if (job->rows <= DIRECT_ROWS && sums <= DENDRA_SCRATCH_BYTES / (int64_t) sizeof(float)) {
        multiply_few(&product, job->rows);
    } else {
        multiply(&product, job->rows);
    }
}

/* By way of f32, where every bfloat16 is exact, and so is every product. */
void KERNEL(matmul_bf16)(const dendra_matmul_bf16_job *job) {
    const float_product product = {&job->w,        NULL,         &job->x, &job->y, job->panel_from,
                                   job->panel_to, job->scratch.data};
    multiply(&product, job->rows);
}
