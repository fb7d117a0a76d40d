/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of the parts of a job. Each returns DENDRA_OK or a status with the offset of the field at fault; `at` is the
 * offset of the part in its job.
 */
#ifndef DENDRA_INTERNAL_VALIDATE_H
#define DENDRA_INTERNAL_VALIDATE_H

#include <stddef.h>

#include "kernels.h"

static inline int32_t dendra_fault(enum dendra_status status, size_t offset) {
    return (int32_t) status | (int32_t) offset << 8;
}

/* Not NULL, and aligned. */
int32_t dendra_check_pointer(const void *pointer, size_t at);

/* 0 <= from <= to <= limit, with `to` right after `from` in the job. */
int32_t dendra_check_slice(int32_t from, int32_t to, int64_t limit, size_t at);

/* least <= value <= most */
int32_t dendra_check_size(int64_t value, int64_t least, int64_t most, size_t at);

/* A packed matrix in one of the encodings whose bits are set in `encodings`. */
int32_t dendra_check_weights(const dendra_weights *w, uint32_t encodings, size_t at);

/* In one of the patterns whose bits are set in `patterns`, which the encoding and the number of inputs allow. */
int32_t dendra_check_pattern(const dendra_weights *w, uint32_t patterns, size_t at);

/* At least `rows` rows whose first `columns` elements exist; with `columns` 0, any number of them. */
int32_t dendra_check_floats(const dendra_floats *x, int64_t rows, int64_t columns, size_t at);

/* As above, and that `columns` is exactly the number of columns. */
int32_t dendra_check_exact_floats(const dendra_floats *x, int64_t rows, int64_t columns, size_t at);

int32_t dendra_check_codes(const dendra_codes *x, int64_t rows, int64_t columns, size_t at);

int32_t dendra_check_bfloats(const dendra_bfloats *x, int64_t rows, int64_t columns, size_t at);

int32_t dendra_check_scratch(const dendra_scratch *scratch, size_t at);

int32_t dendra_check_kv(const dendra_kv *kv, size_t at);

/* Rows row_from .. row_to have tokens below `tokens`. */
int32_t dendra_check_tokens(const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t tokens, size_t at);

/* Rows row_from .. row_to have positions below `positions`. */
int32_t dendra_check_positions(
    const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t positions, size_t at);

/* The blocks of positions up to that of each row, or with `last_only` the one of that position, lie in the cache. */
int32_t dendra_check_blocks(
    const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t blocks, int last_only, size_t at);

#endif
