/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of integer weights with activations rounded to int8 or int16. Outputs are lanes; AVX2 has no dot product of
 * signed bytes, so there are two ways.
 *
 * Bytes: vpmaddubsw multiplies unsigned by signed bytes and adds two products, saturating at 16 bits. Codes of 4 bits,
 * 0 .. 15, and int8 activations stay below that for a whole group: 8 * 2 * 15 * 128 = 30720. So 32 products take one
 * vpmaddubsw and one vpaddw, and a group one vpmaddwd that widens to 32 bits.
 *
 * Words: vpmaddwd multiplies signed words and adds two products in 32 bits, 16 products with each vpmaddwd and vpaddd.
 * Codes of 8 bits are sign-extended in registers, activations once for all outputs. That also takes int16 activations
 * at once where an int32 holds the sum, in groups: 32 * 128 * 2^15 = 2^27. With one scale for all of K it would not, and
 * there each plane counts as a row of its own.
 *
 * A block of a panel's groups stays in the first-level cache while all rows of a chunk pass, up to 6 at a time; while
 * they do, the next block is asked for. The groups' float steps go to y in memory, and leave the registers to the sums.
 */
#include <immintrin.h>

#include "matmul.h"
#include "vectors/unroll.h"
#include "vectors/weights_avx2.h"

enum {
    /* With two sums for each row, a line's two halves and an activation they are what fits into 16 registers. */
    BLOCK_ROWS = 6,
    /* Groups of a panel that are expanded at once. */
    BLOCK_GROUPS = 32,
    HALF_OUTPUTS = DENDRA_PANEL_ROWS / 2,
    HALF_LINE = DENDRA_LINE_BYTES / 2
};

/* How a group's codes meet activations: u4g32 x int8 as bytes, all else as words. */
enum product_kind { U4_BYTES, U4_WORDS, I8_WORDS };

/* A group of a panel, ready for any number of rows. */
typedef struct expanded_group {
    uint8_t codes[GROUP_QUADS][DENDRA_LINE_BYTES]; /* of u4g32, a byte each; codes of 8 bits stay where they are */
    float scales[DENDRA_PANEL_ROWS];
    float minimums[DENDRA_PANEL_ROWS];                         /* of u4g32 */
    int32_t starts[2][2][HALF_OUTPUTS]; /* for int16: what sums of words start from */
} expanded_group;

/* Rows of a chunk as words, [rows * planes][stride], and for u4g32 the sums of their groups' codes. */
typedef struct prepared_rows {
    int16_t *words;
    float *sums;
} prepared_rows;

/* Weights that are asked for while others are multiplied: `lines` with each group, up to where they end. */
typedef struct line_prefetch {
    const uint8_t *next;
    const uint8_t *end;
    int64_t lines;
} line_prefetch;

static inline void ask_for_lines(line_prefetch *ahead) {
    for (int64_t i = 0; i < ahead->lines && ahead->next < ahead->end; i++, ahead->next += DENDRA_LINE_BYTES) {
        _mm_prefetch((const char *) ahead->next, _MM_HINT_T0);
    }
}

/*
 * Keeps the compiler from adding products in another order than written: it would load and multiply all of a group
 * first, and leave most of the products on the stack.
 */
#define KEEP_ORDER(sum) __asm__ volatile("" : "+x"(sum))

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
ALWAYS_INLINE void add_quad(const int rows, const uint8_t *half_line, const int16_t *words, int64_t stride,
                            __m256i sum[][2]) {
    __m256i low = words_of(half_line);
    __m256i high = words_of(half_line + HALF_LINE / 2);
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

/* A block of rows with a block of a panel's groups. */
typedef struct group_sweep {
    const uint8_t *panel;
    const expanded_group *weights;
    int64_t group;
    int64_t groups;
    const int8_t *bytes;
    const int16_t *words;
    int64_t stride;
    int64_t group_stride; /* of scales and sums */
    const float *scales;
    const float *sums;
    float *y;
    int64_t y_stride;
} group_sweep;

/* Adds what group `g` stands for to y, of row `r` and the 8 outputs of one half. */
ALWAYS_INLINE void add_group(const enum product_kind kind, const group_sweep *s, int64_t g, const int half, const int r,
                             __m256i dot) {
    const expanded_group *group = &s->weights[g - s->group];
    const int64_t at = r * s->group_stride + g;
    float *y = s->y + r * s->y_stride + half * HALF_OUTPUTS;
    __m256 scale = _mm256_load_ps(group->scales + half * HALF_OUTPUTS);
    __m256 value = _mm256_cvtepi32_ps(dot);
    if (kind == I8_WORDS) {
        value = _mm256_mul_ps(scale, value);
    } else {
        __m256 minimum = _mm256_load_ps(group->minimums + half * HALF_OUTPUTS);
        value = _mm256_fmadd_ps(scale, value, _mm256_mul_ps(minimum, _mm256_set1_ps(s->sums[at])));
    }
    _mm256_store_ps(y, _mm256_fmadd_ps(_mm256_set1_ps(s->scales[at]), value, _mm256_load_ps(y)));
}

ALWAYS_INLINE void multiply_bytes(const int rows, const group_sweep *s, int64_t g) {
    const uint8_t *lines = s->weights[g - s->group].codes[0];
    const int8_t *x = s->bytes + g * DENDRA_GROUP;
    const int64_t stride = s->stride;
    __m256i sum[BLOCK_ROWS][2];
    UNROLLED for (int r = 0; r < rows; r++) {
        UNROLLED for (int half = 0; half < 2; half++) { sum[r][half] = _mm256_setzero_si256(); }
    }
    UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
        __m256i codes[2] = {load_half(lines + q * DENDRA_LINE_BYTES), load_half(lines + q * DENDRA_LINE_BYTES + HALF_LINE)};
        UNROLLED for (int r = 0; r < rows; r++) {
            __m256i activation = quad_of_bytes(x + r * stride + 4 * q);
            UNROLLED for (int half = 0; half < 2; half++) {
                sum[r][half] = _mm256_add_epi16(sum[r][half], _mm256_maddubs_epi16(codes[half], activation));
                KEEP_ORDER(sum[r][half]);
            }
        }
    }
    UNROLLED for (int half = 0; half < 2; half++) {
        UNROLLED for (int r = 0; r < rows; r++) {
            add_group(U4_BYTES, s, g, half, r, _mm256_madd_epi16(sum[r][half], _mm256_set1_epi16(1)));
        }
    }
}

ALWAYS_INLINE void multiply_words(const int rows, const enum product_kind kind, const int planes, const group_sweep *s,
                                  int64_t g) {
    const expanded_group *group = &s->weights[g - s->group];
    const uint8_t *lines = kind == I8_WORDS ? group_codes(DENDRA_I8G32, s->panel, g) : group->codes[0];
    const int16_t *x = s->words + g * DENDRA_GROUP;
    const int64_t stride = s->stride;
    UNROLLED for (int half = 0; half < 2; half++) {
        __m256i sum[BLOCK_ROWS][2];
        UNROLLED for (int r = 0; r < rows; r++) {
            UNROLLED for (int i = 0; i < 2; i++) {
                sum[r][i] = planes == 1 ? _mm256_setzero_si256() : load_half(group->starts[half][i]);
            }
        }
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            add_quad(rows, lines + q * DENDRA_LINE_BYTES + half * HALF_LINE, x + 4 * q, stride, sum);
            }
        UNROLLED for (int r = 0; r < rows; r++) { add_group(kind, s, g, half, r, add_pairs(sum[r])); }
    }
}

ALWAYS_INLINE void sweep_groups(const int rows, const enum product_kind kind, const int planes, const group_sweep *sweep,
                                line_prefetch *ahead) {
    const group_sweep s = *sweep; /* which stores to y cannot change */
    int64_t g = s.group;
    do {
        ask_for_lines(ahead);
        if (kind == U4_BYTES) {
            multiply_bytes(rows, &s, g);
        } else {
            multiply_words(rows, kind, planes, &s, g);
        }
    } while (++g < s.group + s.groups);
}

/* -128 times the sums of pairs of a group's codes: int16 activations go in as code + 128, which a word always holds. */
ALWAYS_INLINE void write_starts(const uint8_t *lines, expanded_group *target) {
    UNROLLED for (int half = 0; half < 2; half++) {
        __m256i sum = _mm256_setzero_si256();
        UNROLLED for (int q = 0; q < GROUP_QUADS; q++) {
            __m256i codes = load_half(lines + q * DENDRA_LINE_BYTES + half * HALF_LINE);
            sum = _mm256_sub_epi16(sum, _mm256_maddubs_epi16(_mm256_set1_epi8(1), codes));
        }
        __m128i quarters[2] = {_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)};
        UNROLLED for (int i = 0; i < 2; i++) {
            __m256i start = _mm256_slli_epi32(_mm256_cvtepi16_epi32(quarters[i]), 7);
            _mm256_store_si256((__m256i *) target->starts[half][i], start);
        }
    }
}

ALWAYS_INLINE void expand(const enum product_kind kind, const int planes, const uint8_t *panel, int64_t from,
                          int64_t count, expanded_group *targets) {
    const int32_t encoding = kind == I8_WORDS ? DENDRA_I8G32 : DENDRA_U4G32;
    for (int64_t g = from; g < from + count; g++) {
        expanded_group *target = &targets[g - from];
        const uint8_t *lines = group_codes(encoding, panel, g);
        UNROLLED for (int half = 0; half < 2; half++) {
            __m256i halves = load_half(group_scales(encoding, panel, g) + half * HALF_LINE);
            __m256i others = _mm256_srli_epi32(halves, 16);
            float *scales = target->scales + half * HALF_OUTPUTS;
            if (kind == I8_WORDS) {
                _mm256_store_ps(scales, v_half(g % 2 == 0 ? halves : others));
                continue;
            }
            _mm256_store_ps(scales, v_half(halves));
            _mm256_store_ps(target->minimums + half * HALF_OUTPUTS, v_half(others));
            const __m256i nibble = _mm256_set1_epi8(0xf);
            UNROLLED for (int line = 0; line < GROUP_QUADS / 2; line++) {
                __m256i pair = load_half(lines + line * DENDRA_LINE_BYTES + half * HALF_LINE);
                uint8_t *codes = target->codes[2 * line] + half * HALF_LINE;
                _mm256_store_si256((__m256i *) codes, _mm256_and_si256(pair, nibble));
                _mm256_store_si256((__m256i *) (codes + DENDRA_LINE_BYTES),
                                   _mm256_and_si256(_mm256_srli_epi32(pair, 4), nibble));
            }
        }
        if (planes == 2) {
            write_starts(kind == I8_WORDS ? lines : target->codes[0], target);
        }
    }
}

#define CASE(n, call)                                                                                                  \
    case n:                                                                                                            \
        call;                                                                                                          \
        break

/* Turns run-time numbers into constants. */
#define DEFINE_GROUPS(name, kind, planes)                                                                              \
    static void sweep_##name(int64_t rows, const group_sweep *s, line_prefetch *ahead) {                               \
        switch (rows) {                                                                                                \
            CASE(1, sweep_groups(1, kind, planes, s, ahead));                                                          \
            CASE(2, sweep_groups(2, kind, planes, s, ahead));                                                          \
            CASE(3, sweep_groups(3, kind, planes, s, ahead));                                                          \
            CASE(4, sweep_groups(4, kind, planes, s, ahead));                                                          \
            CASE(5, sweep_groups(5, kind, planes, s, ahead));                                                          \
            CASE(6, sweep_groups(6, kind, planes, s, ahead));                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    static void expand_##name(const uint8_t *panel, int64_t from, int64_t count, expanded_group *targets) {            \
        expand(kind, planes, panel, from, count, targets);                                                             \
    }

DEFINE_GROUPS(u4_bytes, U4_BYTES, 1)
DEFINE_GROUPS(u4_words, U4_WORDS, 2)
DEFINE_GROUPS(i8_bytes, I8_WORDS, 1)
DEFINE_GROUPS(i8_words, I8_WORDS, 2)

typedef struct group_functions {
    void (*expand)(const uint8_t *panel, int64_t from, int64_t count, expanded_group *targets);
    void (*sweep)(int64_t rows, const group_sweep *s, line_prefetch *ahead);
} group_functions;

/* [u4g32][two planes] */
static const group_functions GROUP_FUNCTIONS[2][2] = {
    {{expand_i8_bytes, sweep_i8_bytes}, {expand_i8_words, sweep_i8_words}},
    {{expand_u4_bytes, sweep_u4_bytes}, {expand_u4_words, sweep_u4_words}},
};

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

static void prepare_group_rows(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, prepared_rows target) {
    const dendra_codes *x = &job->x;
    const int64_t from = row * x->stride;
    const int64_t count = rows * x->stride;
    if (x->low_codes != NULL) {
        write_joined_words(x->codes + from, x->low_codes + from, count, target.words);
    } else if (job->w.encoding == DENDRA_I8G32) {
        write_words(x->codes + from, count, target.words);
    }
    if (job->w.encoding == DENDRA_U4G32) {
        const int32_t *sums = x->sums + from / DENDRA_GROUP;
        const int32_t *low_sums = x->low_codes == NULL ? NULL : x->low_sums + from / DENDRA_GROUP;
        for (int64_t i = 0; i < count / DENDRA_GROUP; i++) {
            target.sums[i] = (float) (low_sums == NULL ? sums[i] : 256 * sums[i] + low_sums[i]);
        }
    }
}

/* A chunk of prepared rows with a panel. */
static void multiply_group_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, prepared_rows x,
                                 int64_t panel) {
    const dendra_weights *w = &job->w;
    const group_functions *functions = &GROUP_FUNCTIONS[w->encoding == DENDRA_U4G32][job->x.low_codes != NULL];
    const int64_t passes = (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const int64_t stride = job->x.stride;
    const int64_t all = groups(w);
    float *y = job->y.data + row * job->y.stride + panel * DENDRA_PANEL_ROWS;
    for (int64_t r = 0; r < rows; r++) {
        _mm256_store_ps(y + r * job->y.stride, _mm256_setzero_ps());
        _mm256_store_ps(y + r * job->y.stride + HALF_OUTPUTS, _mm256_setzero_ps());
    }
    line_prefetch ahead = {.end = dendra_panel(w, job->panel_to), .lines = (group_lines(w->encoding) + passes) / passes};
    group_sweep s = {.panel = dendra_panel(w, panel),
                     .weights = job->scratch.data,
                     .stride = stride,
                     .group_stride = stride / DENDRA_GROUP,
                     .y_stride = job->y.stride};
    for (s.group = 0; s.group < all; s.group += s.groups) {
        s.groups = block_size(all, BLOCK_GROUPS, s.group);
        functions->expand(s.panel, s.group, s.groups, job->scratch.data);
        ahead.next = group_codes(w->encoding, s.panel, s.group + s.groups);
        int64_t block_rows;
        for (int64_t r = 0; r < rows; r += block_rows) {
            block_rows = block_size(rows, BLOCK_ROWS, r);
            s.bytes = job->x.codes + (row + r) * stride;
            s.words = x.words + r * stride;
            s.scales = job->x.scales + (row + r) * stride / DENDRA_GROUP;
            s.sums = x.sums + r * stride / DENDRA_GROUP;
            s.y = y + r * job->y.stride;
            functions->sweep(block_rows, &s, &ahead);
        }
    }
}

/* `rows` prepared rows, the first of which is row `row`, with a panel that has one scale for each output. */
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
        CASE(1, sweep_channels(1, 1, 2, job, words, row, panel, ahead));
        CASE(2, sweep_channels(2, 1, 2, job, words, row, panel, ahead));
        CASE(3, sweep_channels(3, 1, 2, job, words, row, panel, ahead));
        CASE(4, sweep_channels(4, 1, 1, job, words, row, panel, ahead));
        CASE(5, sweep_channels(5, 1, 1, job, words, row, panel, ahead));
        CASE(6, sweep_channels(6, 1, 1, job, words, row, panel, ahead));
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

static void prepare_channel_rows(const dendra_codes *x, int64_t row, int64_t rows, int16_t *words) {
    for (int64_t r = row; r < row + rows; r++) {
        write_words(x->codes + r * x->stride, x->stride, words);
        words += x->stride;
        if (x->low_codes != NULL) {
            write_words(x->low_codes + r * x->stride, x->stride, words);
            words += x->stride;
        }
    }
}

static void multiply_channel_panel(const dendra_matmul_codes_job *job, int64_t row, int64_t rows, const int16_t *words,
                                   int64_t panel) {
    const int64_t planes = job->x.low_codes == NULL ? 1 : 2;
    const int64_t passes = (rows * planes + BLOCK_ROWS - 1) / BLOCK_ROWS;
    line_prefetch ahead = {.next = dendra_panel(&job->w, panel + 1),
                           .end = dendra_panel(&job->w, job->panel_to),
                           .lines = (GROUP_QUADS + passes) / passes};
    int64_t block_rows;
    for (int64_t r = 0; r < rows; r += block_rows) {
        block_rows = block_size(rows, BLOCK_ROWS / planes, r);
        if (planes == 1) {
            sweep_channel_rows(block_rows, job, words + r * job->x.stride, row + r, panel, &ahead);
        } else {
            sweep_channel_planes(block_rows, job, words + 2 * r * job->x.stride, row + r, panel, &ahead);
        }
    }
}

void dendra_matmul_codes__avx2(const dendra_matmul_codes_job *job) {
    const bool channels = job->w.encoding == DENDRA_I8;
    const int64_t row_words = job->x.stride * (channels && job->x.low_codes != NULL ? 2 : 1);
    const int64_t row_bytes = row_words * (int64_t) sizeof(int16_t) + job->x.stride / DENDRA_GROUP * (int64_t) sizeof(float);
    const int64_t block_bytes = BLOCK_GROUPS * (int64_t) sizeof(expanded_group);
    const int64_t most = smaller(CHUNK_ROWS, (DENDRA_SCRATCH_BYTES - block_bytes) / row_bytes);
    int64_t rows;
    for (int64_t row = 0; row < job->rows; row += rows) {
        rows = block_size(job->rows, most, row);
        int16_t *words = (int16_t *) ((char *) job->scratch.data + block_bytes);
        prepared_rows x = {words, (float *) (words + rows * row_words)};
        if (channels) {
            prepare_channel_rows(&job->x, row, rows, words);
        } else {
            prepare_group_rows(job, row, rows, x);
        }
        for (int64_t panel = job->panel_from; panel < job->panel_to; panel++) {
            if (channels) {
                multiply_channel_panel(job, row, rows, words, panel);
            } else {
                multiply_group_panel(job, row, rows, x, panel);
            }
        }
    }
}
