/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include "layout.h"

/* Leaves the function with the first fault. */
#define CHECK(expression)                                                                                              \
    do {                                                                                                               \
        int32_t fault = (expression);                                                                                  \
        if (fault != DENDRA_OK) {                                                                                      \
            return fault;                                                                                              \
        }                                                                                                              \
    } while (0)

#define FIELD(type, name) (at + offsetof(type, name))

enum { LARGEST_DIMENSION = INT32_MAX - 64 };

int32_t dendra_check_pointer(const void *pointer, size_t at) {
    if (pointer == NULL) {
        return dendra_fault(DENDRA_NULL_POINTER, at);
    }
    return (uintptr_t) pointer % DENDRA_ALIGNMENT == 0 ? DENDRA_OK : dendra_fault(DENDRA_MISALIGNED, at);
}

int32_t dendra_check_slice(int32_t from, int32_t to, int64_t limit, size_t at) {
    if (from < 0 || from > limit) {
        return dendra_fault(DENDRA_BAD_SLICE, at);
    }
    return to >= from && to <= limit ? DENDRA_OK : dendra_fault(DENDRA_BAD_SLICE, at + sizeof from);
}

int32_t dendra_check_size(int64_t value, int64_t least, int64_t most, size_t at) {
    return value >= least && value <= most ? DENDRA_OK : dendra_fault(DENDRA_BAD_SIZE, at);
}

int32_t dendra_check_weights(const dendra_weights *w, uint32_t encodings, size_t at) {
    if (w->encoding < 0 || w->encoding >= DENDRA_ENCODING_COUNT || !(encodings >> w->encoding & 1)) {
        return dendra_fault(DENDRA_BAD_ENCODING, FIELD(dendra_weights, encoding));
    }
    CHECK(dendra_check_size(w->rows, 1, LARGEST_DIMENSION, FIELD(dendra_weights, rows)));
    CHECK(dendra_check_size(w->columns, 1, LARGEST_DIMENSION, FIELD(dendra_weights, columns)));
    return dendra_check_pointer(w->data, FIELD(dendra_weights, data));
}

int32_t dendra_check_pattern(const dendra_weights *w, uint32_t patterns, size_t at) {
    if (w->pattern < 0 || w->pattern >= DENDRA_PATTERN_COUNT || !(patterns >> w->pattern & 1)
        || (w->pattern != DENDRA_DENSE && w->encoding == DENDRA_F32)) {
        return dendra_fault(DENDRA_BAD_PATTERN, FIELD(dendra_weights, pattern));
    }
    int64_t most = w->pattern == DENDRA_DENSE ? LARGEST_DIMENSION : DENDRA_MAX_SPARSE_COLUMNS;
    return dendra_check_size(w->columns, 1, most, FIELD(dendra_weights, columns));
}

int32_t dendra_check_floats(const dendra_floats *x, int64_t rows, int64_t columns, size_t at) {
    int64_t least_rows = rows > 1 ? rows : 1;
    int64_t least_columns = columns > 1 ? columns : 1;
    CHECK(dendra_check_size(x->rows, least_rows, INT32_MAX, FIELD(dendra_floats, rows)));
    CHECK(dendra_check_size(x->columns, least_columns, LARGEST_DIMENSION, FIELD(dendra_floats, columns)));
    if (x->stride % 64 != 0 || x->stride < x->columns) {
        return dendra_fault(DENDRA_BAD_SIZE, FIELD(dendra_floats, stride));
    }
    return dendra_check_pointer(x->data, FIELD(dendra_floats, data));
}

int32_t dendra_check_exact_floats(const dendra_floats *x, int64_t rows, int64_t columns, size_t at) {
    CHECK(dendra_check_size(x->columns, columns, columns, FIELD(dendra_floats, columns)));
    return dendra_check_floats(x, rows, columns, at);
}

int32_t dendra_check_codes(const dendra_codes *x, int64_t rows, int64_t columns, size_t at) {
    CHECK(dendra_check_size(x->rows, rows > 1 ? rows : 1, INT32_MAX, FIELD(dendra_codes, rows)));
    CHECK(dendra_check_size(x->columns, columns, columns, FIELD(dendra_codes, columns)));
    CHECK(dendra_check_size(x->columns, 1, DENDRA_MAX_CODES, FIELD(dendra_codes, columns)));
    int64_t stride = dendra_padded_columns(columns);
    CHECK(dendra_check_size(x->stride, stride, stride, FIELD(dendra_codes, stride)));
    if (x->group != 0 && x->group != DENDRA_GROUP) {
        return dendra_fault(DENDRA_BAD_SIZE, FIELD(dendra_codes, group));
    }
    CHECK(dendra_check_pointer(x->codes, FIELD(dendra_codes, codes)));
    CHECK(dendra_check_pointer(x->scales, FIELD(dendra_codes, scales)));
    CHECK(dendra_check_pointer(x->sums, FIELD(dendra_codes, sums)));
    if (x->low_codes == NULL && x->low_sums == NULL) {
        return DENDRA_OK; /* int8 */
    }
    CHECK(dendra_check_pointer(x->low_codes, FIELD(dendra_codes, low_codes)));
    return dendra_check_pointer(x->low_sums, FIELD(dendra_codes, low_sums));
}

int32_t dendra_check_bfloats(const dendra_bfloats *x, int64_t rows, int64_t columns, size_t at) {
    CHECK(dendra_check_size(x->rows, rows > 1 ? rows : 1, INT32_MAX, FIELD(dendra_bfloats, rows)));
    CHECK(dendra_check_size(x->columns, columns, columns, FIELD(dendra_bfloats, columns)));
    CHECK(dendra_check_size(x->columns, 1, LARGEST_DIMENSION, FIELD(dendra_bfloats, columns)));
    int64_t stride = dendra_padded_columns(columns);
    CHECK(dendra_check_size(x->stride, stride, stride, FIELD(dendra_bfloats, stride)));
    return dendra_check_pointer(x->data, FIELD(dendra_bfloats, data));
}

int32_t dendra_check_scratch(const dendra_scratch *scratch, size_t at) {
    CHECK(dendra_check_size(scratch->bytes, DENDRA_WORKER_SCRATCH_BYTES, INT64_MAX, FIELD(dendra_scratch, bytes)));
    return dendra_check_pointer(scratch->data, FIELD(dendra_scratch, data));
}

int32_t dendra_check_kv(const dendra_kv *kv, size_t at) {
    CHECK(dendra_check_size(kv->layers, 1, INT32_MAX, FIELD(dendra_kv, layers)));
    CHECK(dendra_check_size(kv->kv_heads, 1, INT32_MAX, FIELD(dendra_kv, kv_heads)));
    CHECK(dendra_check_size(kv->head_dimension, 1, DENDRA_MAX_HEAD_DIMENSION, FIELD(dendra_kv, head_dimension)));
    CHECK(dendra_check_size(kv->blocks, 1, INT32_MAX, FIELD(dendra_kv, blocks)));
    CHECK(dendra_check_size(kv->type, DENDRA_KV_F32, DENDRA_KV_TYPE_COUNT - 1, FIELD(dendra_kv, type)));
    return dendra_check_pointer(kv->data, FIELD(dendra_kv, data));
}

int32_t dendra_check_tokens(const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t tokens, size_t at) {
    CHECK(dendra_check_size(step->capacity, row_to, INT32_MAX, FIELD(dendra_step_rows, capacity)));
    CHECK(dendra_check_pointer(step->tokens, FIELD(dendra_step_rows, tokens)));
    for (int32_t row = row_from; row < row_to; row++) {
        if (step->tokens[row] < 0 || step->tokens[row] >= tokens) {
            return dendra_fault(DENDRA_BAD_INDEX, FIELD(dendra_step_rows, tokens));
        }
    }
    return DENDRA_OK;
}

int32_t dendra_check_positions(
    const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t positions, size_t at) {
    CHECK(dendra_check_size(step->capacity, row_to, INT32_MAX, FIELD(dendra_step_rows, capacity)));
    CHECK(dendra_check_pointer(step->positions, FIELD(dendra_step_rows, positions)));
    for (int32_t row = row_from; row < row_to; row++) {
        if (step->positions[row] < 0 || step->positions[row] >= positions) {
            return dendra_fault(DENDRA_BAD_INDEX, FIELD(dendra_step_rows, positions));
        }
    }
    return DENDRA_OK;
}

int32_t dendra_check_blocks(
    const dendra_step_rows *step, int32_t row_from, int32_t row_to, int32_t blocks, int last_only, size_t at) {
    CHECK(dendra_check_positions(step, row_from, row_to, INT32_MAX, at));
    CHECK(dendra_check_size(step->table_capacity, 1, INT32_MAX, FIELD(dendra_step_rows, table_capacity)));
    CHECK(dendra_check_pointer(step->table_starts, FIELD(dendra_step_rows, table_starts)));
    CHECK(dendra_check_pointer(step->blocks, FIELD(dendra_step_rows, blocks)));
    for (int32_t row = row_from; row < row_to; row++) {
        int64_t start = step->table_starts[row];
        int64_t last = start + step->positions[row] / DENDRA_KV_BLOCK_TOKENS;
        if (start < 0 || last >= step->table_capacity) {
            return dendra_fault(DENDRA_BAD_INDEX, FIELD(dendra_step_rows, table_starts));
        }
        for (int64_t entry = last_only ? last : start; entry <= last; entry++) {
            if (step->blocks[entry] < 0 || step->blocks[entry] >= blocks) {
                return dendra_fault(DENDRA_BAD_INDEX, FIELD(dendra_step_rows, blocks));
            }
        }
    }
    return DENDRA_OK;
}
