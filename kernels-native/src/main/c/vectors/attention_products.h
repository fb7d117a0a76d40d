/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_ATTENTION_PRODUCTS_H
#define DENDRA_VECTORS_ATTENTION_PRODUCTS_H

/*
 * The two products of attention over blocks of the cache, for each type of its elements, which become floats on their way
 * into registers. layout.h says where they lie. In bf16 two tokens share 32 bits, so that one load serves two registers,
 * with a shift for the one and a logical instruction for the other. In int8 a key's scale multiplies its finished score, and
 * a value's scale the share of its token before this product.
 *
 * A piece is the keys, or the values, of a head in a block. Each score and each output is one chain of fused multiply-adds in
 * ascending order, whatever the type.
 */
#include <stdbool.h>

#include "../layout.h"

enum {
    STEP_BLOCKS = 4,
    STEP_TOKENS = STEP_BLOCKS * DENDRA_KV_BLOCK_TOKENS,
    /* Queries of a bundle: with two registers each they leave room for two operands and a broadcast. */
    BUNDLE = REGISTERS == 32 ? 12 : 6,
    /* With so few there is room for four registers each. */
    FEW = BUNDLE / 2,
    BLOCK_REGISTERS = DENDRA_KV_BLOCK_TOKENS / LANES,
    COLUMNS = 2 * LANES,
    WIDE_COLUMNS = 4 * LANES,
    /* Tokens i and i + 16 of a key in bf16 share 32 bits. */
    PAIR_DISTANCE = DENDRA_KV_BLOCK_TOKENS / 2
};

/* Fetches the lines that begin in the first `bytes` of `p`, a constant. */
ALWAYS_INLINE void fetch(const char *p, int bytes) {
    UNROLLED
    for (int i = 0; i < bytes; i += DENDRA_LINE_BYTES) {
        _mm_prefetch(p + i, _MM_HINT_T0);
    }
}

/* The bf16 in the lower half of each lane, and that in the upper half. */
ALWAYS_INLINE v_floats lower_bf16(v_floats pairs) { return v_from_bits(v_shift_left(v_bits(pairs), 16)); }
ALWAYS_INLINE v_floats upper_bf16(v_floats pairs) {
    return v_from_bits(v_and(v_bits(pairs), v_splat_int((int32_t) 0xffff0000u)));
}

/* LANES tokens from `token` on of a row of keys. */
ALWAYS_INLINE v_floats load_tokens(int type, const char *row, int token) {
    if (type == DENDRA_KV_BF16) {
        v_floats pairs = v_load((const float *) row + token % PAIR_DISTANCE);
        return token < PAIR_DISTANCE ? lower_bf16(pairs) : upper_bf16(pairs);
    }
    return type == DENDRA_KV_INT8 ? v_load_bytes((const int8_t *) row + token) : v_load((const float *) row + token);
}

/*
 * scores[q][token] = sum over i of queries[i][q] * keys[i][token] for all tokens of one block, `registers` at a time.
 * `ahead` is the piece to fetch meanwhile.
 */
ALWAYS_INLINE void score_block(
    int count, int registers, int type, const float *queries, const char *keys, const char *ahead,
    int64_t head_dimension, float *scores) {
    int64_t scale_bytes = dendra_kv_scale_bytes(type);
    int64_t row_bytes = DENDRA_KV_BLOCK_TOKENS * dendra_kv_element_bytes(type);
    fetch(ahead, (int) scale_bytes);
    UNROLLED
    for (int part = 0; part < BLOCK_REGISTERS; part += registers) {
        v_floats sums[BUNDLE][4];
        UNROLLED
        for (int q = 0; q < count; q++) {
            UNROLLED
            for (int r = 0; r < registers; r++) {
                sums[q][r] = v_zero();
            }
        }
        const char *key = keys + scale_bytes;
        const char *next = ahead + scale_bytes + (type == DENDRA_KV_F32 ? part * LANES * (int64_t) sizeof(float) : 0);
        const float *query = queries;
        for (int64_t i = 0; i < head_dimension; i++) {
            v_floats tokens[4];
            UNROLLED
            for (int r = 0; r < registers; r++) {
                tokens[r] = load_tokens(type, key, (part + r) * LANES);
            }
            if (type == DENDRA_KV_F32) {
                fetch(next, registers * LANES * (int) sizeof(float));
            } else if (part == 0) {
                fetch(next, 1);
            }
            UNROLLED
            for (int q = 0; q < count; q++) {
                v_floats element = v_splat(query[q]);
                UNROLLED
                for (int r = 0; r < registers; r++) {
                    sums[q][r] = v_fma(element, tokens[r], sums[q][r]);
                }
            }
            key += row_bytes;
            next += row_bytes;
            query += BUNDLE;
        }
        UNROLLED
        for (int q = 0; q < count; q++) {
            UNROLLED
            for (int r = 0; r < registers; r++) {
                v_floats score = sums[q][r];
                if (type == DENDRA_KV_INT8) {
                    score = v_mul(score, v_load((const float *) keys + (part + r) * LANES));
                }
                v_store(scores + q * STEP_TOKENS + (part + r) * LANES, score);
            }
        }
    }
}

/* sums[q] += shares[q] * columns */
ALWAYS_INLINE void add_token(
    int count, int registers, const v_floats columns[4], const float *share, v_floats sums[BUNDLE][4]) {
    UNROLLED
    for (int q = 0; q < count; q++) {
        v_floats element = v_splat(share[q * STEP_TOKENS]);
        UNROLLED
        for (int r = 0; r < registers; r++) {
            sums[q][r] = v_fma(element, columns[r], sums[q][r]);
        }
    }
}

/* Registers of a row of values of 32 bits, floats or pairs, from `value` on. */
ALWAYS_INLINE void load_columns(
    int registers, bool tail, const char *value, int64_t columns_left, v_floats columns[4]) {
    UNROLLED
    for (int r = 0; r < registers; r++) {
        const float *p = (const float *) value + r * LANES;
        columns[r] = tail ? v_load_masked(v_first(columns_left - r * LANES), p) : v_load(p);
    }
}

ALWAYS_INLINE void load_byte_columns(
    int registers, bool tail, const char *value, int64_t columns_left, v_floats columns[4]) {
    UNROLLED
    for (int r = 0; r < registers; r++) {
        const int8_t *p = (const int8_t *) value + r * LANES;
        columns[r] = tail ? v_load_first_bytes(columns_left - r * LANES, p) : v_load_bytes(p);
    }
}

/* Two tokens of a row of pairs, or one of them. */
ALWAYS_INLINE void add_pair(
    int count, int registers, const v_floats pairs[4], bool lower, bool upper, const float *share,
    v_floats sums[BUNDLE][4]) {
    v_floats columns[4];
    if (lower) {
        UNROLLED
        for (int r = 0; r < registers; r++) {
            columns[r] = lower_bf16(pairs[r]);
        }
        add_token(count, registers, columns, share, sums);
    }
    if (upper) {
        UNROLLED
        for (int r = 0; r < registers; r++) {
            columns[r] = upper_bf16(pairs[r]);
        }
        add_token(count, registers, columns, share + lower, sums);
    }
}

/*
 * outputs[q][column] = outputs[q][column] * ratios[q] + sum over the tokens from .. to of shares[q][token] *
 * values[token][column] for a strip of columns, `registers` of them; a `tail` has fewer.
 */
ALWAYS_INLINE void add_columns(
    int count, int registers, int type, bool tail, const char *const *values, const char *const *ahead, int64_t column,
    int64_t head_dimension, int from, int to, const float *shares, const float *ratios, float *outputs,
    int64_t padded) {
    int64_t left = head_dimension - column;
    int64_t scale_bytes = dendra_kv_scale_bytes(type);
    /* bf16: of a pair of tokens */
    int64_t cell_bytes = type == DENDRA_KV_INT8 ? 1 : (int64_t) sizeof(float);
    int64_t row_bytes = head_dimension * cell_bytes;
    int fetched = tail ? 1 : registers * LANES * (int) cell_bytes;
    v_floats sums[BUNDLE][4];
    UNROLLED
    for (int q = 0; q < count; q++) {
        v_floats ratio = v_splat(ratios[q]);
        UNROLLED
        for (int r = 0; r < registers; r++) {
            sums[q][r] = v_mul(v_load(outputs + q * padded + column + r * LANES), ratio);
        }
    }
    for (int block_from = from; block_from < to;) {
        int block = block_from / DENDRA_KV_BLOCK_TOKENS;
        int block_to = (block + 1) * DENDRA_KV_BLOCK_TOKENS < to ? (block + 1) * DENDRA_KV_BLOCK_TOKENS : to;
        int slot = block_from - block * DENDRA_KV_BLOCK_TOKENS;
        int64_t offset = scale_bytes + (type == DENDRA_KV_BF16 ? slot / 2 : slot) * row_bytes + column * cell_bytes;
        const char *value = values[block] + offset;
        const char *next = ahead[block] + offset;
        const float *share = shares + block_from;
        fetch(ahead[block], column == 0 ? (int) scale_bytes : 0);
        v_floats columns[4];
        int token = block_from;
        if (type == DENDRA_KV_BF16) {
            if (token % 2 != 0) {
                load_columns(registers, tail, value, left, columns);
                add_pair(count, registers, columns, false, true, share, sums);
                value += row_bytes;
                next += row_bytes;
                share++;
                token++;
            }
            for (; token + 1 < block_to; token += 2) {
                load_columns(registers, tail, value, left, columns);
                fetch(next, fetched);
                add_pair(count, registers, columns, true, true, share, sums);
                value += row_bytes;
                next += row_bytes;
                share += 2;
            }
            if (token < block_to) {
                load_columns(registers, tail, value, left, columns);
                add_pair(count, registers, columns, true, false, share, sums);
            }
        } else {
            for (; token < block_to; token++) {
                if (type == DENDRA_KV_INT8) {
                    load_byte_columns(registers, tail, value, left, columns);
                } else {
                    load_columns(registers, tail, value, left, columns);
                }
                fetch(next, fetched);
                add_token(count, registers, columns, share, sums);
                value += row_bytes;
                next += row_bytes;
                share++;
            }
        }
        block_from = block_to;
    }
    UNROLLED
    for (int q = 0; q < count; q++) {
        UNROLLED
        for (int r = 0; r < registers; r++) {
            v_store(outputs + q * padded + column + r * LANES, sums[q][r]);
        }
    }
}

/* Calls `function` with the number of queries as a constant, and how many registers each of them gets. */
#if REGISTERS == 32
#define FOR_FEW(count, function, registers, ...)                                                                       \
    switch (count) {                                                                                                   \
        COUNT_CASE(1, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(2, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(3, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(4, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(5, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(6, function, registers, __VA_ARGS__)                                                                \
    }
#define FOR_MANY(count, function, registers, ...)                                                                      \
    switch (count) {                                                                                                   \
        COUNT_CASE(7, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(8, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(9, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(10, function, registers, __VA_ARGS__)                                                               \
        COUNT_CASE(11, function, registers, __VA_ARGS__)                                                               \
        COUNT_CASE(12, function, registers, __VA_ARGS__)                                                               \
    }
#else
#define FOR_FEW(count, function, registers, ...)                                                                       \
    switch (count) {                                                                                                   \
        COUNT_CASE(1, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(2, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(3, function, registers, __VA_ARGS__)                                                                \
    }
#define FOR_MANY(count, function, registers, ...)                                                                      \
    switch (count) {                                                                                                   \
        COUNT_CASE(4, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(5, function, registers, __VA_ARGS__)                                                                \
        COUNT_CASE(6, function, registers, __VA_ARGS__)                                                                \
    }
#endif
#define COUNT_CASE(number, function, registers, ...)                                                                   \
    case number:                                                                                                       \
        function(number, registers, __VA_ARGS__);                                                                      \
        break;

typedef void score_tokens_of_block(
    int count, const float *queries, const char *keys, const char *ahead, int64_t head_dimension, float *scores);

/* Adds values to a strip of columns; one for each kind of strip. */
typedef void add_values_to_strip(
    int count, const char *const *values, const char *const *ahead, int64_t column, int64_t head_dimension, int from,
    int to, const float *shares, const float *ratios, float *outputs, int64_t padded);

/* The products with one type of keys and values. */
typedef struct products {
    score_tokens_of_block *score_block;
    add_values_to_strip *add_whole_columns;
    add_values_to_strip *add_last_columns;
    add_values_to_strip *add_whole_wide_columns; /* for FEW queries at most, as the next */
    add_values_to_strip *add_last_wide_columns;
} products;

#define STRIP_PARAMETERS                                                                                               \
    int count, const char *const *values, const char *const *ahead, int64_t column, int64_t head_dimension, int from,  \
        int to, const float *shares, const float *ratios, float *outputs, int64_t padded
#define STRIP_ARGUMENTS values, ahead, column, head_dimension, from, to, shares, ratios, outputs, padded

#define PRODUCTS(name, type)                                                                                           \
    static void score_block_##name(                                                                                    \
        int count, const float *queries, const char *keys, const char *ahead, int64_t head_dimension,                  \
        float *scores) {                                                                                               \
        FOR_FEW(count, score_block, BLOCK_REGISTERS, type, queries, keys, ahead, head_dimension, scores)               \
        FOR_MANY(count, score_block, 2, type, queries, keys, ahead, head_dimension, scores)                            \
    }                                                                                                                  \
    static void add_whole_columns_##name(STRIP_PARAMETERS) {                                                           \
        FOR_FEW(count, add_columns, 2, type, false, STRIP_ARGUMENTS)                                                   \
        FOR_MANY(count, add_columns, 2, type, false, STRIP_ARGUMENTS)                                                  \
    }                                                                                                                  \
    static void add_last_columns_##name(STRIP_PARAMETERS) {                                                            \
        FOR_FEW(count, add_columns, 2, type, true, STRIP_ARGUMENTS)                                                    \
        FOR_MANY(count, add_columns, 2, type, true, STRIP_ARGUMENTS)                                                   \
    }                                                                                                                  \
    static void add_whole_wide_columns_##name(STRIP_PARAMETERS) {                                                      \
        FOR_FEW(count, add_columns, 4, type, false, STRIP_ARGUMENTS)                                                   \
    }                                                                                                                  \
    static void add_last_wide_columns_##name(STRIP_PARAMETERS) {                                                       \
        FOR_FEW(count, add_columns, 4, type, true, STRIP_ARGUMENTS)                                                    \
    }                                                                                                                  \
    static const products PRODUCTS_OF_##name = {score_block_##name, add_whole_columns_##name, add_last_columns_##name, \
                                                add_whole_wide_columns_##name, add_last_wide_columns_##name};

PRODUCTS(f32, DENDRA_KV_F32)
PRODUCTS(bf16, DENDRA_KV_BF16)
PRODUCTS(int8, DENDRA_KV_INT8)

static const products *products_of(int32_t type) {
    switch (type) {
    case DENDRA_KV_BF16:
        return &PRODUCTS_OF_bf16;
    case DENDRA_KV_INT8:
        return &PRODUCTS_OF_int8;
    default:
        return &PRODUCTS_OF_f32;
    }
}

#endif
