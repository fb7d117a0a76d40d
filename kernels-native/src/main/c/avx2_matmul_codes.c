/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of integer weights with activations rounded to int8 or int16. Outputs are lanes; AVX2 has no dot product of
 * signed bytes, so that there are two ways.
 *
 * Codes of 4 bits stay bytes: vpmaddubsw multiplies unsigned by signed bytes and adds two products, saturating at 16 bits,
 * and of codes 0 .. 15 and activations -128 .. 127 a whole group fits: 8 * 2 * 15 * 128 = 30720. 32 products take one
 * vpmaddubsw and one vpaddw for each plane of the activation, and a group one vpmaddwd that widens to 32 bits.
 *
 * Codes of 8 bits become words: vpmaddwd multiplies signed words and adds two products in 32 bits, so that 32 products take
 * two vpmaddwd and two vpaddd. A word holds both planes of an int16 activation, whose dot product over a group an int32
 * holds: 32 * 128 * 2^15 = 2^27. Over all of K it would not, and with i8 each plane is a row of its own.
 *
 * Up to 6 rows go together. A block of a panel's groups stays in the first-level cache while all rows of a chunk pass; while
 * they do, the next block is asked for. Sums of a group are in registers, those over groups in y, which leaves room for
 * more rows.
 */
#include <immintrin.h>

#include "matmul.h"
#include "vectors/unroll.h"
#include "vectors/weights_avx2.h"

enum {
    /* Rows, or planes of rows: with two sums for each, two lines and an activation they are what 16 registers hold. */
    BLOCK_ROWS = 6,
    /* Groups of a panel that are expanded at once. */
    BLOCK_GROUPS = 32,
    HALF_OUTPUTS = DENDRA_PANEL_ROWS / 2,
    HALF_LINE = DENDRA_LINE_BYTES / 2
};

/* What rows take from a group of a panel, ready for any number of them; codes of 8 bits they take from the panel. */
typedef struct expanded_group {
    uint8_t codes[GROUP_QUADS][DENDRA_LINE_BYTES]; /* u4g32: a byte each */
    float scales[DENDRA_PANEL_ROWS];
    float minimums[DENDRA_PANEL_ROWS];  /* u4g32 */
    int32_t starts[2][2][HALF_OUTPUTS]; /* i8g32 with int16: what the sums start from */
} expanded_group;

/*
 * Keeps the compiler from adding products in another order than written: it would load and multiply all of a group first,
 * and leave most of the products on the stack.
 */
#if defined(__AVX2__)
#define KEEP_ORDER(sum) __asm__ volatile("" : "+x"(sum))
#else
#define KEEP_ORDER(sum) (void) (sum) /* registers are emulated */
#endif

static inline __m256i quad_of_bytes(const int8_t *codes) {
    int32_t bytes;
    __builtin_memcpy(&bytes, codes, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

static inline __m256i quad_of_words(const int16_t *words) {
    int64_t bytes;
    __builtin_memcpy(&bytes, words, sizeof bytes);
    return _mm256_set1_epi64x(bytes);
}

static inline __m256i load_half(const void *p) { return _mm256_load_si256((const __m256i *) p); }
static inline __m256i words_of(const void *bytes) {
    return _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *) bytes));
}

/* Adds a quad to the sums of 8 outputs and some rows: of outputs 0 .. 3 and 4 .. 7 those of its two pairs. */
ALWAYS_INLINE void add_quad(const int rows, const uint8_t *codes, const int16_t *words, int64_t stride,
                            __m256i sum[][2]) {
    __m256i low = words_of(codes);
    __m256i high = words_of(codes + HALF_LINE / 2);
    UNROLLED for (int r = 0; r < rows; r++) {
        __m256i activation = quad_of_words(words + r * stride);
        sum[r][0] = _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(low, activation));
        sum[r][1] = _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(high, activation));
        KEEP_ORDER(sum[r][0]);
        KEEP_ORDER(sum[r][1]);
    }
}

/* The dot products of 8 outputs. */
static inline __m256i add_pairs(const __m256i sum[2]) {
    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum[0], sum[1]), _MM_SHUFFLE(3, 1, 2, 0));
}

/* A block of rows with groups of a panel. */
typedef struct group_sweep {
    const uint8_t *panel;
    int64_t from;
    int64_t to;
    const expanded_group *expanded; /* group `from` */
    const int8_t *bytes[2];         /* u4g32: planes of the first row */
    const int16_t *words;           /* i8g32: the first row */
    int64_t stride;
    const float *scales;
    const float *sums; /* u4g32 */
    int64_t group_stride;
    float *y;
    int64_t y_stride;
} group_sweep;

/* u4g32: quad `q` of 8 outputs. */
ALWAYS_INLINE __m256i low_bytes(const uint8_t *lines, const int q, const int half) {
    __m256i pair = load_half(lines + q / 2 * DENDRA_LINE_BYTES + half * HALF_LINE);
    return _mm256_and_si256(q % 2 == 0 ? pair : _mm256_srli_epi32(pair, 4), _mm256_set1_epi8(0xf));
}

/* The low or the high 16 bits of 8 outputs. */
ALWAYS_INLINE __m256 line_half(const uint8_t *line, const bool high, const int half) {
    __m256i halves = load_half(line + half * HALF_LINE);
    return v_half(high ? _mm256_srli_epi32(halves, 16) : halves);
}

/* y + a * value, where value is what group `g` stands for, of row `r` and 8 outputs. */
ALWAYS_INLINE void add_value(const group_sweep *s, int64_t g, const int half, const int r, __m256 value) {
    float *y = s->y + r * s->y_stride + half * HALF_OUTPUTS;
    __m256 scale = _mm256_set1_ps(s->scales[r * s->group_stride + g]);
    _mm256_store_ps(y, _mm256_fmadd_ps(scale, value, _mm256_load_ps(y)));
}

ALWAYS_INLINE void multiply_u4(const int rows, const int planes, const bool expanded, const group_sweep *s, int64_t g) {
    const expanded_group *group = s->expanded + (g - s->from);
    const uint8_t *lines = group_codes(DENDRA_U4G32, s->panel, g);
    const uint8_t *scales = group_scales(DENDRA_U4G32, s->panel, g);
    __m256i sum[BLOCK_ROWS][2];
    UNROLLED for (int i = 0; i < rows * planes; i++) { sum[i][0] = sum[i][1] = _mm256_setzero_si256(); }
    UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
        __m256i codes[2];
        UNROLLED for (int half = 0; half < 2; half++) {
            codes[half] = expanded ? load_half(group->codes[q] + half * HALF_LINE) : low_bytes(lines, q, half);
        }
        UNROLLED for (int i = 0; i < rows * planes; i++) {
            const int8_t *x = s->bytes[i % planes] + i / planes * s->stride + g * DENDRA_GROUP;
            __m256i activation = quad_of_bytes(x + 4 * q);
            UNROLLED for (int half = 0; half < 2; half++) {
                sum[i][half] = _mm256_add_epi16(sum[i][half], _mm256_maddubs_epi16(codes[half], activation));
                KEEP_ORDER(sum[i][half]);
            }
        }
    }
    const __m256i ones = _mm256_set1_epi16(1);
    UNROLLED for (int half = 0; half < 2; half++) {
        __m256 scale =
            expanded ? _mm256_load_ps(group->scales + half * HALF_OUTPUTS) : line_half(scales, false, half);
        __m256 minimum =
            expanded ? _mm256_load_ps(group->minimums + half * HALF_OUTPUTS) : line_half(scales, true, half);
        UNROLLED for (int r = 0; r < rows; r++) {
            __m256i dot = _mm256_madd_epi16(sum[r * planes][half], ones);
            if (planes == 2) {
                __m256i low = _mm256_madd_epi16(sum[r * planes + 1][half], ones);
                dot = _mm256_add_epi32(_mm256_slli_epi32(dot, 8), low);
            }
            __m256 rest = _mm256_mul_ps(minimum, _mm256_set1_ps(s->sums[r * s->group_stride + g]));
            add_value(s, g, half, r, _mm256_fmadd_ps(scale, _mm256_cvtepi32_ps(dot), rest));
        }
    }
}

ALWAYS_INLINE void multiply_i8(const int rows, const int planes, const group_sweep *s, int64_t g) {
    const expanded_group *group = s->expanded + (g - s->from);
    const uint8_t *lines = group_codes(DENDRA_I8G32, s->panel, g);
    UNROLLED for (int half = 0; half < 2; half++) {
        __m256i sum[BLOCK_ROWS][2];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int i = 0; i < 2; i++) {
                sum[r][i] = planes == 1 ? _mm256_setzero_si256() : load_half(group->starts[half][i]);
            }
        }
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            add_quad(rows, lines + q * DENDRA_LINE_BYTES + half * HALF_LINE, s->words + g * DENDRA_GROUP + 4 * q, s->stride,
                     sum);
        }
        __m256 scale = _mm256_load_ps(group->scales + half * HALF_OUTPUTS);
        UNROLLED for (int r = 0; r < rows; r++) {
            add_value(s, g, half, r, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(add_pairs(sum[r]))));
        }
    }
}

ALWAYS_INLINE void sweep_groups(const int rows, const bool affine, const int planes, const bool expanded,
                                const group_sweep *sweep, line_prefetch *ahead) {
    const group_sweep s = *sweep; /* which stores to y cannot change */
    int64_t g = s.from;
    do {
        ask_for_lines(ahead);
        if (affine) {
            multiply_u4(rows, planes, expanded, &s, g);
        } else {
            multiply_i8(rows, planes, &s, g);
        }
    } while (++g < s.to);
}

static void expand_u4(const uint8_t *panel, int64_t from, int64_t to, expanded_group *target) {
    for (int64_t g = from; g < to; g++, target++) {
        const uint8_t *lines = group_codes(DENDRA_U4G32, panel, g);
        const uint8_t *scales = group_scales(DENDRA_U4G32, panel, g);
        UNROLLED for (int half = 0; half < 2; half++) {
            _mm256_store_ps(target->scales + half * HALF_OUTPUTS, line_half(scales, false, half));
            _mm256_store_ps(target->minimums + half * HALF_OUTPUTS, line_half(scales, true, half));
            UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
                _mm256_store_si256((__m256i *) (target->codes[q] + half * HALF_LINE), low_bytes(lines, q, half));
            }
        }
    }
}

/* -128 times the sums of pairs of a group's codes: int16 activations go in as code + 128, which a word always holds. */
static void write_starts(const uint8_t *lines, expanded_group *target) {
    for (int half = 0; half < 2; half++) {
        __m256i sum = _mm256_setzero_si256();
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            __m256i codes = load_half(lines + q * DENDRA_LINE_BYTES + half * HALF_LINE);
            sum = _mm256_sub_epi16(sum, _mm256_maddubs_epi16(_mm256_set1_epi8(1), codes));
        }
        __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(sum));
        __m256i high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(sum, 1));
        _mm256_store_si256((__m256i *) target->starts[half][0], _mm256_slli_epi32(low, 7));
        _mm256_store_si256((__m256i *) target->starts[half][1], _mm256_slli_epi32(high, 7));
    }
}

static void expand_i8(const uint8_t *panel, int64_t from, int64_t to, bool starts, expanded_group *target) {
    for (int64_t g = from; g < to; g++, target++) {
        for (int half = 0; half < 2; half++) {
            __m256 scale = line_half(group_scales(DENDRA_I8G32, panel, g), g % 2 == 1, half);
            _mm256_store_ps(target->scales + half * HALF_OUTPUTS, scale);
        }
        if (starts) {
            write_starts(group_codes(DENDRA_I8G32, panel, g), target);
        }
    }
}

#define CASES_1_TO_3(call, ...)                                                                                        \
    CASE(1, call(1, __VA_ARGS__));                                                                                     \
    CASE(2, call(2, __VA_ARGS__));                                                                                     \
    CASE(3, call(3, __VA_ARGS__))

#define CASES_4_TO_6(call, ...)                                                                                        \
    CASE(4, call(4, __VA_ARGS__));                                                                                     \
    CASE(5, call(5, __VA_ARGS__));                                                                                     \
    CASE(6, call(6, __VA_ARGS__))

/* Turns run-time numbers into constants. */
#define DEFINE_SWEEP(name, affine, planes, expanded)                                                                   \
    static void name(int64_t rows, const group_sweep *s, line_prefetch *ahead) {                                       \
        switch (rows) {                                                                                                \
            CASES_1_TO_3(sweep_groups, affine, planes, expanded, s, ahead);                                            \
            CASES_4_TO_6(sweep_groups, affine, planes, expanded, s, ahead);                                            \
        }                                                                                                              \
    }

/* u4g32 with int16, whose planes count as rows. */
#define DEFINE_SWEEP_OF_PLANES(name, expanded)                                                                         \
    static void name(int64_t rows, const group_sweep *s, line_prefetch *ahead) {                                       \
        switch (rows) { CASES_1_TO_3(sweep_groups, true, 2, expanded, s, ahead); }                                     \
    }

DEFINE_SWEEP(sweep_i8, false, 1, true)
DEFINE_SWEEP(sweep_i8_joined, false, 2, true)
DEFINE_SWEEP(sweep_u4, true, 1, false)
DEFINE_SWEEP(sweep_u4_expanded, true, 1, true)
DEFINE_SWEEP_OF_PLANES(sweep_u4_planes, false)
DEFINE_SWEEP_OF_PLANES(sweep_u4_planes_expanded, true)

typedef void (*sweep_function)(int64_t rows, const group_sweep *s, line_prefetch *ahead);

/* [two planes][expanded] */
static const sweep_function U4_SWEEPS[2][2] = {
    {sweep_u4, sweep_u4_expanded},
    {sweep_u4_planes, sweep_u4_planes_expanded},
};

/* What products with the rows of a chunk need beside their codes: one of these. */
typedef struct prepared_rows {
    int16_t *words; /* i8, i8g32: codes of rows or of their planes, [.][stride] */
    float *sums;    /* u4g32: of the codes of each group */
} prepared_rows;

static void write_words(const int8_t *codes, int64_t count, int16_t *words) {
    for (int64_t i = 0; i < count; i += 16) {
        _mm256_store_si256((__m256i *) (words + i), words_of(codes + i));
    }
}

/* 256 * code + low code + 128 */
static void write_joined_words(const int8_t *codes, const int8_t *low_codes, int64_t count, int16_t *words) {
    for (int64_t i = 0; i < count; i += 16) {
        __m256i low = _mm256_add_epi16(words_of(low_codes + i), _mm256_set1_epi16(128));
        _mm256_store_si256((__m256i *) (words + i), _mm256_add_epi16(_mm256_slli_epi16(words_of(codes + i), 8), low));
    }
}

static void write_group_sums(const dendra_codes *x, int64_t row, int64_t rows, float *sums) {
    const int64_t from = row * x->stride / DENDRA_GROUP;
    const int64_t count = rows * x->stride / DENDRA_GROUP;
    for (int64_t i = 0; i < count; i++) {
        int32_t sum = x->sums[from + i];
        sums[i] = (float) (x->low_codes == NULL ? sum : 256 * sum + x->low_sums[from + i]);
    }
}

/* A chunk of prepared rows with a panel whose groups have scales. */
static void multiply_group_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, prepared_rows x,
                                 int64_t panel) {
    const dendra_weights *w = &job->w;
    const int64_t stride = job->x.stride;
    const bool affine = w->encoding == DENDRA_U4G32;
    const bool planes = job->x.low_codes != NULL;
    const int64_t most_rows = affine && planes ? BLOCK_ROWS / 2 : BLOCK_ROWS;
    const int64_t passes = (rows + most_rows - 1) / most_rows;
    /* One pass takes codes of 4 bits apart in registers, as one stream. */
    const bool expanded = !affine || passes > 1;
    const sweep_function sweep = affine ? U4_SWEEPS[planes][expanded] : planes ? sweep_i8_joined : sweep_i8;
    float *y = job->y.data + row * job->y.stride + panel * DENDRA_PANEL_ROWS;
    for (int64_t r = 0; r < rows; r++) {
        _mm256_store_ps(y + r * job->y.stride, _mm256_setzero_ps());
        _mm256_store_ps(y + r * job->y.stride + HALF_OUTPUTS, _mm256_setzero_ps());
    }
    expanded_group *target = job->scratch.data;
    group_sweep s = {.panel = dendra_panel(w, panel),
                     .expanded = target,
                     .stride = stride,
                     .group_stride = stride / DENDRA_GROUP,
                     .y_stride = job->y.stride};
    line_prefetch ahead = {.next = s.panel + PREFETCH_BYTES,
                           .end = dendra_panel(w, job->panel_to),
                           .lines = (group_lines(w->encoding) + passes) / passes};
    const int64_t all = groups(w);
    for (; s.from < all; s.from = s.to) {
        s.to = expanded ? s.from + block_size(all, BLOCK_GROUPS, s.from) : all;
        if (expanded) {
            if (affine) {
                expand_u4(s.panel, s.from, s.to, target);
            } else {
                expand_i8(s.panel, s.from, s.to, planes, target);
            }
            ahead.next = group_codes(w->encoding, s.panel, s.to);
        }
        int64_t block_rows;
        for (int64_t r = 0; r < rows; r += block_rows) {
            block_rows = block_size(rows, most_rows, r);
            if (affine) {
                s.bytes[0] = job->x.codes + (row + r) * stride;
                s.bytes[1] = planes ? job->x.low_codes + (row + r) * stride : NULL;
                s.sums = x.sums + r * s.group_stride;
            } else {
                s.words = x.words + r * stride;
            }
            s.scales = job->x.scales + (row + r) * s.group_stride;
            s.y = y + r * job->y.stride;
            sweep(block_rows, &s, &ahead);
        }
    }
}

/* `rows` prepared rows, the first of which is row `row`, with `halves` halves of a panel at once. */
ALWAYS_INLINE void sweep_channels(const int rows, const int planes, const int halves, const dendra_matmul_codes_job *job,
                                  const int16_t *words, int64_t row, int64_t panel, line_prefetch *ahead) {
    const float *scales = (const float *) dendra_panel(&job->w, panel);
    const int64_t stride = job->x.stride;
    const int64_t all = groups(&job->w);
    for (int first = 0; first < 2; first += halves) {
        const uint8_t *lines = dendra_panel(&job->w, panel) + DENDRA_LINE_BYTES + first * HALF_LINE;
        __m256i sum[2][BLOCK_ROWS][2];
        UNROLLED for (int half = 0; half < halves; half++) {
            UNROLLED for (int r = 0; r < rows * planes; r++) {
                sum[half][r][0] = sum[half][r][1] = _mm256_setzero_si256();
            }
        }
        int64_t g = 0;
        do {
            ask_for_lines(ahead);
            UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
                UNROLLED for (int half = 0; half < halves; half++) {
                    add_quad(rows * planes, lines + q * DENDRA_LINE_BYTES + half * HALF_LINE,
                             words + g * DENDRA_GROUP + 4 * q, stride, sum[half]);
                }
            }
            lines += GROUP_QUADS * DENDRA_LINE_BYTES;
        } while (++g < all);
        UNROLLED for (int half = 0; half < halves; half++) {
            UNROLLED for (int r = 0; r < rows; r++) {
                __m256 value = _mm256_cvtepi32_ps(add_pairs(sum[half][r * planes]));
                if (planes == 2) {
                    __m256 low = _mm256_cvtepi32_ps(add_pairs(sum[half][r * planes + 1]));
                    value = _mm256_fmadd_ps(_mm256_set1_ps(256), value, low);
                }
                const int output = (first + half) * HALF_OUTPUTS;
                __m256 scale = _mm256_mul_ps(_mm256_set1_ps(job->x.scales[row + r]), _mm256_load_ps(scales + output));
                float *y = job->y.data + (row + r) * job->y.stride + panel * DENDRA_PANEL_ROWS;
                _mm256_store_ps(y + output, _mm256_mul_ps(value, scale));
            }
        }
    }
}

/* Few rows take both halves of a panel at once. */
static void sweep_channel_rows(int64_t rows, const dendra_matmul_codes_job *job, const int16_t *words, int64_t row,
                               int64_t panel, line_prefetch *ahead) {
    switch (rows) {
        CASES_1_TO_3(sweep_channels, 1, 2, job, words, row, panel, ahead);
        CASES_4_TO_6(sweep_channels, 1, 1, job, words, row, panel, ahead);
    }
}

static void sweep_channel_planes(int64_t rows, const dendra_matmul_codes_job *job, const int16_t *words, int64_t row,
                                 int64_t panel, line_prefetch *ahead) {
    switch (rows) {
        CASE(1, sweep_channels(1, 2, 2, job, words, row, panel, ahead));
        CASE(2, sweep_channels(2, 2, 1, job, words, row, panel, ahead));
        CASE(3, sweep_channels(3, 2, 1, job, words, row, panel, ahead));
    }
}

/* A chunk of prepared rows with a panel that has one scale for each output. */
static void multiply_channel_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, prepared_rows x,
                                   int64_t panel) {
    const int64_t planes = job->x.low_codes == NULL ? 1 : 2;
    const int64_t passes = (rows * planes + BLOCK_ROWS - 1) / BLOCK_ROWS;
    line_prefetch ahead = {.next = dendra_panel(&job->w, panel + 1),
                           .end = dendra_panel(&job->w, job->panel_to),
                           .lines = (GROUP_QUADS + passes - 1) / passes};
    int64_t block_rows;
    for (int64_t r = 0; r < rows; r += block_rows) {
        block_rows = block_size(rows, BLOCK_ROWS / planes, r);
        const int16_t *words = x.words + r * planes * job->x.stride;
        if (planes == 1) {
            sweep_channel_rows(block_rows, job, words, row + r, panel, &ahead);
        } else {
            sweep_channel_planes(block_rows, job, words, row + r, panel, &ahead);
        }
    }
}

/* Planes of a row of i8 follow each other. */
static void prepare_rows(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, prepared_rows target) {
    const dendra_codes *x = &job->x;
    if (job->w.encoding == DENDRA_U4G32) {
        write_group_sums(x, row, rows, target.sums);
        return;
    }
    int16_t *words = target.words;
    for (int64_t r = row; r < row + rows; r++, words += x->stride) {
        const int8_t *codes = x->codes + r * x->stride;
        const int8_t *low_codes = x->low_codes == NULL ? NULL : x->low_codes + r * x->stride;
        if (low_codes != NULL && job->w.encoding == DENDRA_I8G32) {
            write_joined_words(codes, low_codes, x->stride, words);
            continue;
        }
        write_words(codes, x->stride, words);
        if (low_codes != NULL) {
            words += x->stride;
            write_words(low_codes, x->stride, words);
        }
    }
}

/* Bytes of a prepared row; of the most inputs that there may be one fits beside the expanded groups. */
static int64_t row_bytes(const dendra_matmul_codes_job *job) {
    switch (job->w.encoding) {
    case DENDRA_U4G32:
        return job->x.stride / DENDRA_GROUP * (int64_t) sizeof(float);
    case DENDRA_I8G32:
        return job->x.stride * (int64_t) sizeof(int16_t);
    default:
        return job->x.stride * (int64_t) sizeof(int16_t) * (job->x.low_codes == NULL ? 1 : 2);
    }
}

void dendra_matmul_codes__avx2(const dendra_matmul_codes_job *job) {
    const int64_t expanded_bytes = BLOCK_GROUPS * (int64_t) sizeof(expanded_group);
    const int64_t most = smaller(CHUNK_ROWS, (DENDRA_SCRATCH_BYTES - expanded_bytes) / row_bytes(job));
    char *rest = (char *) job->scratch.data + expanded_bytes;
    const prepared_rows x = {(int16_t *) rest, (float *) rest};
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = block_size(job->rows, most, row);
        prepare_rows(job, row, rows, x);
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            if (job->w.encoding == DENDRA_I8) {
                multiply_channel_panel(job, row, rows, x, panel);
            } else {
                multiply_group_panel(job, row, rows, x, panel);
            }
        }
    }
}
