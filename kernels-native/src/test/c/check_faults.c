/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that must be refused, with the status and the field that are expected. Every pointer of theirs leads to memory that
 * cannot be touched, except the tables of a step.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "check.h"
#include "validate.h"

/* Addresses that fault when they are touched. */
static char *untouchable(void) {
    static char *memory = NULL;
    if (memory == NULL) {
        memory = mmap(NULL, 1 << 16, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    return memory;
}

static void expect(check *c, const char *what, int32_t actual, enum dendra_status status, size_t offset) {
    check_begin(c, "%s", what);
    if (actual != dendra_fault(status, offset)) {
        check_fail(c, "status %d at offset %d, expected %d at %d", actual & 0xff, actual >> 8, status, (int) offset);
    }
}

/* Runs the operation on a copy of `good` in which one field has another value. */
#define REFUSED(operation, good, field, value, status)                                                                 \
    do {                                                                                                               \
        __typeof__(good) bad = (good);                                                                                 \
        bad.field = (value);                                                                                           \
        expect(c, #operation ": " #field " = " #value, dendra_##operation(&bad), status,                               \
               offsetof(__typeof__(good), field));                                                                     \
    } while (0)

/* Where the field that is at fault is another than the one that was changed. */
#define REFUSED_AT(operation, good, field, value, status, at)                                                          \
    do {                                                                                                               \
        __typeof__(good) bad = (good);                                                                                 \
        bad.field = (value);                                                                                           \
        expect(c, #operation ": " #field " = " #value, dendra_##operation(&bad), status,                               \
               offsetof(__typeof__(good), at));                                                                        \
    } while (0)

#define REFUSED_JOB(operation, good)                                                                                   \
    do {                                                                                                               \
        expect(c, #operation ": no job", dendra_##operation(NULL), DENDRA_NULL_JOB, 0);                                \
        REFUSED(operation, good, isa, -1, DENDRA_UNSUPPORTED);                                                         \
        REFUSED(operation, good, isa, DENDRA_ISA_COUNT, DENDRA_UNSUPPORTED);                                           \
    } while (0)

#define REFUSED_POINTER(operation, good, field)                                                                        \
    do {                                                                                                               \
        REFUSED(operation, good, field, NULL, DENDRA_NULL_POINTER);                                                    \
        REFUSED(operation, good, field, (void *) ((char *) good.field + 32), DENDRA_MISALIGNED);                       \
    } while (0)

#define REFUSED_FLOATS(operation, good, field)                                                                         \
    do {                                                                                                               \
        REFUSED_POINTER(operation, good, field.data);                                                                  \
        REFUSED(operation, good, field.rows, 0, DENDRA_BAD_SIZE);                                                      \
        REFUSED(operation, good, field.rows, -1, DENDRA_BAD_SIZE);                                                     \
        REFUSED(operation, good, field.columns, 0, DENDRA_BAD_SIZE);                                                   \
        REFUSED(operation, good, field.stride, 0, DENDRA_BAD_SIZE);                                                    \
        REFUSED(operation, good, field.stride, 100, DENDRA_BAD_SIZE);                                                  \
        REFUSED(operation, good, field.stride, -128, DENDRA_BAD_SIZE);                                                 \
    } while (0)

#define REFUSED_SLICE(operation, good, from, to)                                                                       \
    do {                                                                                                               \
        REFUSED(operation, good, from, -1, DENDRA_BAD_SLICE);                                                          \
        REFUSED(operation, good, from, 1000, DENDRA_BAD_SLICE);                                                        \
        REFUSED(operation, good, to, -1, DENDRA_BAD_SLICE);                                                            \
        REFUSED(operation, good, to, 1000, DENDRA_BAD_SLICE);                                                          \
    } while (0)

#define REFUSED_WEIGHTS(operation, good, field)                                                                        \
    do {                                                                                                               \
        REFUSED_POINTER(operation, good, field.data);                                                                  \
        REFUSED(operation, good, field.encoding, -1, DENDRA_BAD_ENCODING);                                             \
        REFUSED(operation, good, field.encoding, DENDRA_ENCODING_COUNT, DENDRA_BAD_ENCODING);                          \
        REFUSED(operation, good, field.encoding, INT32_MAX, DENDRA_BAD_ENCODING);                                      \
        REFUSED(operation, good, field.rows, 0, DENDRA_BAD_SIZE);                                                      \
        REFUSED(operation, good, field.rows, INT32_MAX, DENDRA_BAD_SIZE);                                              \
        REFUSED(operation, good, field.columns, 0, DENDRA_BAD_SIZE);                                                   \
        REFUSED(operation, good, field.columns, INT32_MAX, DENDRA_BAD_SIZE);                                           \
        REFUSED(operation, good, field.pattern, -1, DENDRA_BAD_PATTERN);                                               \
        REFUSED(operation, good, field.pattern, DENDRA_PATTERN_COUNT, DENDRA_BAD_PATTERN);                             \
        REFUSED(operation, good, field.pattern, INT32_MAX, DENDRA_BAD_PATTERN);                                        \
    } while (0)

/* A sparse matrix of more inputs than scratch has room for. */
#define REFUSED_WIDE_PATTERN(operation, good)                                                                          \
    do {                                                                                                               \
        __typeof__(good) sparse = (good);                                                                              \
        sparse.w.pattern = DENDRA_QUADS;                                                                               \
        REFUSED(operation, sparse, w.columns, DENDRA_MAX_SPARSE_COLUMNS + 1, DENDRA_BAD_SIZE);                         \
    } while (0)

#define REFUSED_SCRATCH(operation, good)                                                                               \
    do {                                                                                                               \
        REFUSED_POINTER(operation, good, scratch.data);                                                                \
        REFUSED(operation, good, scratch.bytes, DENDRA_WORKER_SCRATCH_BYTES - 1, DENDRA_BAD_SIZE);                            \
        REFUSED(operation, good, scratch.bytes, -1, DENDRA_BAD_SIZE);                                                  \
    } while (0)

/* The outputs of a product of 200 outputs. */
#define REFUSED_OUTPUTS(operation, good)                                                                               \
    do {                                                                                                               \
        REFUSED_FLOATS(operation, good, y);                                                                            \
        REFUSED(operation, good, y.rows, 3, DENDRA_BAD_SIZE);                                                          \
        REFUSED_SLICE(operation, good, panel_from, panel_to);                                                          \
        REFUSED(operation, good, panel_to, 14, DENDRA_BAD_SLICE);                                                      \
        REFUSED(operation, good, rows, 0, DENDRA_BAD_SIZE);                                                            \
        REFUSED(operation, good, rows, -1, DENDRA_BAD_SIZE);                                                           \
        __typeof__(good) narrow = (good);                                                                              \
        narrow.y.columns = 100;                                                                                        \
        REFUSED(operation, narrow, y.stride, 192, DENDRA_BAD_SIZE);                                                    \
    } while (0)

enum { ROWS = 4, COLUMNS = 101, STRIDE = 128, OUTPUTS = 200 };

static dendra_floats floats_of(int32_t columns) {
    return (dendra_floats) {(float *) untouchable(), ROWS, columns, (columns + 63) / 64 * 64, 0};
}

static dendra_weights weights_of(int32_t encoding) {
    return (dendra_weights) {untouchable(), encoding, OUTPUTS, COLUMNS, 0};
}

static dendra_scratch scratch_of(void) { return (dendra_scratch) {untouchable(), DENDRA_WORKER_SCRATCH_BYTES}; }

static dendra_codes codes_of(int32_t group) {
    void *p = untouchable();
    return (dendra_codes) {p, p, p, p, p, ROWS, COLUMNS, STRIDE, group};
}

static void matmul_faults(check *c) {
    dendra_matmul_f32_job f32 = {0, ROWS, 0, 13, weights_of(DENDRA_F32), floats_of(COLUMNS), floats_of(OUTPUTS), scratch_of()};
    REFUSED_JOB(matmul_f32, f32);
    REFUSED_WEIGHTS(matmul_f32, f32, w);
    REFUSED(matmul_f32, f32, w.pattern, DENDRA_TILES, DENDRA_BAD_PATTERN); /* of f32 weights */
    REFUSED_FLOATS(matmul_f32, f32, x);
    REFUSED(matmul_f32, f32, x.columns, COLUMNS - 1, DENDRA_BAD_SIZE);
    REFUSED_AT(matmul_f32, f32, rows, ROWS + 1, DENDRA_BAD_SIZE, x.rows);
    REFUSED_OUTPUTS(matmul_f32, f32);
    REFUSED_SCRATCH(matmul_f32, f32);

    dendra_matmul_codes_job codes = {0, ROWS, 0, 13, 1, 0, weights_of(DENDRA_U4G32), codes_of(32), floats_of(OUTPUTS), scratch_of()};
    REFUSED_JOB(matmul_codes, codes);
    REFUSED_WEIGHTS(matmul_codes, codes, w);
    REFUSED_WIDE_PATTERN(matmul_codes, codes);
    REFUSED(matmul_codes, codes, w.encoding, DENDRA_F32, DENDRA_BAD_ENCODING);
    REFUSED(matmul_codes, codes, w.encoding, DENDRA_BF16, DENDRA_BAD_ENCODING);
    REFUSED_AT(matmul_codes, codes, w.encoding, DENDRA_I8, DENDRA_BAD_SIZE, x.group);
    REFUSED(matmul_codes, codes, x.group, 0, DENDRA_BAD_SIZE);
    REFUSED(matmul_codes, codes, x.group, 16, DENDRA_BAD_SIZE);
    REFUSED(matmul_codes, codes, x.rows, ROWS - 1, DENDRA_BAD_SIZE);
    REFUSED(matmul_codes, codes, x.columns, COLUMNS + 1, DENDRA_BAD_SIZE);
    REFUSED(matmul_codes, codes, x.stride, COLUMNS, DENDRA_BAD_SIZE);
    REFUSED(matmul_codes, codes, x.stride, 192, DENDRA_BAD_SIZE);
    REFUSED_POINTER(matmul_codes, codes, x.codes);
    REFUSED_POINTER(matmul_codes, codes, x.scales);
    REFUSED_POINTER(matmul_codes, codes, x.sums);
    REFUSED_POINTER(matmul_codes, codes, x.low_codes);
    REFUSED_POINTER(matmul_codes, codes, x.low_sums);
    REFUSED(matmul_codes, codes, tile_rows_from, -1, DENDRA_BAD_SIZE);
    REFUSED_OUTPUTS(matmul_codes, codes);
    REFUSED_SCRATCH(matmul_codes, codes);
    dendra_matmul_codes_job wide = codes; /* its sums do not fit int32 */
    wide.w.columns = DENDRA_MAX_CODES + 1;
    wide.x.stride = DENDRA_MAX_CODES + 64;
    REFUSED(matmul_codes, wide, x.columns, DENDRA_MAX_CODES + 1, DENDRA_BAD_SIZE);

    dendra_bfloats halves = {(uint16_t *) untouchable(), ROWS, COLUMNS, STRIDE, 0};
    dendra_matmul_bf16_job bf16 = {0, ROWS, 0, 13, 1, 0, weights_of(DENDRA_I8), halves, floats_of(OUTPUTS), scratch_of()};
    REFUSED_JOB(matmul_bf16, bf16);
    REFUSED_WEIGHTS(matmul_bf16, bf16, w);
    REFUSED_WIDE_PATTERN(matmul_bf16, bf16);
    REFUSED_POINTER(matmul_bf16, bf16, x.data);
    REFUSED(matmul_bf16, bf16, x.rows, ROWS - 1, DENDRA_BAD_SIZE);
    REFUSED(matmul_bf16, bf16, x.columns, COLUMNS + 1, DENDRA_BAD_SIZE);
    REFUSED(matmul_bf16, bf16, x.stride, 64, DENDRA_BAD_SIZE);
    REFUSED(matmul_bf16, bf16, tile_rows_from, -1, DENDRA_BAD_SIZE);
    REFUSED_OUTPUTS(matmul_bf16, bf16);
    REFUSED_SCRATCH(matmul_bf16, bf16);
}

static void row_faults(check *c) {
    dendra_rms_norm_job norm = {.row_to = ROWS, .x = floats_of(COLUMNS), .weight = (float *) untouchable(), .y = floats_of(COLUMNS)};
    REFUSED_JOB(rms_norm, norm);
    REFUSED_FLOATS(rms_norm, norm, y);
    REFUSED_POINTER(rms_norm, norm, x.data);
    REFUSED_POINTER(rms_norm, norm, weight);
    REFUSED(rms_norm, norm, y.columns, COLUMNS + 1, DENDRA_BAD_SIZE);
    REFUSED(rms_norm, norm, y.rows, ROWS - 1, DENDRA_BAD_SIZE);
    REFUSED_SLICE(rms_norm, norm, row_from, row_to);

    dendra_quantize_job quantize = {.row_to = ROWS, .x = floats_of(COLUMNS), .y = codes_of(0)};
    REFUSED_JOB(quantize, quantize);
    REFUSED_POINTER(quantize, quantize, x.data);
    REFUSED_POINTER(quantize, quantize, y.codes);
    REFUSED_POINTER(quantize, quantize, y.low_codes);
    REFUSED_SLICE(quantize, quantize, row_from, row_to);
    REFUSED(quantize, quantize, y.group, 64, DENDRA_BAD_SIZE);
    REFUSED(quantize, quantize, y.stride, 64, DENDRA_BAD_SIZE);

    dendra_round_bf16_job round = {.row_to = ROWS, .x = floats_of(COLUMNS), .y = {(uint16_t *) untouchable(), ROWS, COLUMNS, STRIDE, 0}};
    REFUSED_JOB(round_bf16, round);
    REFUSED_POINTER(round_bf16, round, x.data);
    REFUSED_POINTER(round_bf16, round, y.data);
    REFUSED(round_bf16, round, y.columns, COLUMNS - 1, DENDRA_BAD_SIZE);
    REFUSED_SLICE(round_bf16, round, row_from, row_to);

    dendra_add_job add = {.row_to = ROWS, .x = floats_of(COLUMNS), .y = floats_of(COLUMNS)};
    REFUSED_JOB(add, add);
    REFUSED_FLOATS(add, add, x);
    REFUSED_FLOATS(add, add, y);
    REFUSED(add, add, y.columns, COLUMNS - 1, DENDRA_BAD_SIZE);
    REFUSED_SLICE(add, add, row_from, row_to);

    dendra_add_bias_job bias = {.row_to = ROWS, .bias = (float *) untouchable(), .y = floats_of(COLUMNS)};
    REFUSED_JOB(add_bias, bias);
    REFUSED_FLOATS(add_bias, bias, y);
    REFUSED_POINTER(add_bias, bias, bias);
    REFUSED_SLICE(add_bias, bias, row_from, row_to);

    dendra_silu_multiply_job silu = {.rows = ROWS, .column_to = 112, .gate = floats_of(COLUMNS), .up = floats_of(COLUMNS), .y = floats_of(COLUMNS)};
    REFUSED_JOB(silu_multiply, silu);
    REFUSED_FLOATS(silu_multiply, silu, up);
    REFUSED_FLOATS(silu_multiply, silu, y);
    REFUSED_POINTER(silu_multiply, silu, gate.data);
    REFUSED_SLICE(silu_multiply, silu, column_from, column_to);
    REFUSED(silu_multiply, silu, column_from, 8, DENDRA_BAD_SLICE);
    REFUSED(silu_multiply, silu, column_to, COLUMNS, DENDRA_BAD_SLICE);
    REFUSED(silu_multiply, silu, column_to, 128, DENDRA_BAD_SLICE);
    REFUSED(silu_multiply, silu, up.columns, COLUMNS - 1, DENDRA_BAD_SIZE);
    REFUSED(silu_multiply, silu, rows, 0, DENDRA_BAD_SIZE);

    dendra_logits_job logits = {.x = floats_of(COLUMNS)};
    REFUSED_JOB(log_sum_exp, logits);
    REFUSED_JOB(arg_max, logits);
    REFUSED_JOB(softmax, logits);
    REFUSED_FLOATS(softmax, logits, x);
    REFUSED(log_sum_exp, logits, row, ROWS, DENDRA_BAD_SLICE);
    REFUSED(arg_max, logits, row, -1, DENDRA_BAD_SLICE);
    REFUSED_POINTER(arg_max, logits, x.data);
}

/* Needs a step of ROWS rows at positions 0, 40, 41, 42, whose sequences start at entries 0 and 1 of a table of 3. */
static void step_faults(check *c, const check_step *good, int32_t *tokens, int32_t *positions, int32_t *starts, int32_t *blocks) {
    dendra_gather_job gather = {.row_to = ROWS, .table = weights_of(DENDRA_U4G32), .step = good->step, .y = floats_of(COLUMNS)};
    REFUSED_JOB(gather, gather);
    REFUSED_WEIGHTS(gather, gather, table);
    REFUSED(gather, gather, table.pattern, DENDRA_QUADS, DENDRA_BAD_PATTERN);
    REFUSED_FLOATS(gather, gather, y);
    REFUSED_SLICE(gather, gather, row_from, row_to);
    REFUSED_POINTER(gather, gather, step.tokens);
    REFUSED(gather, gather, step.capacity, ROWS - 1, DENDRA_BAD_SIZE);
    tokens[2] = OUTPUTS;
    REFUSED(gather, gather, step.tokens, tokens, DENDRA_BAD_INDEX);
    tokens[2] = -1;
    REFUSED(gather, gather, step.tokens, tokens, DENDRA_BAD_INDEX);
    tokens[2] = 0;

    dendra_rope_job rope = {.row_to = ROWS, .heads = 3, .head_dimension = 32, .rotated = 16, .positions = 100,
                            .table = (float *) untouchable(), .step = good->step, .x = floats_of(COLUMNS)};
    REFUSED_JOB(rope, rope);
    REFUSED_POINTER(rope, rope, x.data);
    REFUSED_POINTER(rope, rope, table);
    REFUSED_POINTER(rope, rope, step.positions);
    REFUSED_SLICE(rope, rope, row_from, row_to);
    REFUSED(rope, rope, heads, 0, DENDRA_BAD_SIZE);
    REFUSED_AT(rope, rope, heads, 4, DENDRA_BAD_SIZE, x.columns);
    REFUSED(rope, rope, head_dimension, 0, DENDRA_BAD_SIZE);
    REFUSED(rope, rope, head_dimension, DENDRA_MAX_HEAD_DIMENSION + 1, DENDRA_BAD_SIZE);
    REFUSED(rope, rope, rotated, 34, DENDRA_BAD_SIZE);
    REFUSED(rope, rope, rotated, 15, DENDRA_BAD_SIZE);
    REFUSED(rope, rope, rotated, -2, DENDRA_BAD_SIZE);
    REFUSED(rope, rope, neox, 2, DENDRA_BAD_SIZE);
    REFUSED_AT(rope, rope, positions, 42, DENDRA_BAD_INDEX, step.positions);

    dendra_kv kv = {untouchable(), 2, 3, 32, 3, DENDRA_KV_BF16, 0};
    dendra_write_kv_job write = {.row_to = ROWS, .layer = 1, .keys = floats_of(96), .values = floats_of(96), .cache = kv, .step = good->step};
    REFUSED_JOB(write_kv, write);
    REFUSED_FLOATS(write_kv, write, keys);
    REFUSED_FLOATS(write_kv, write, values);
    REFUSED_POINTER(write_kv, write, cache.data);
    REFUSED_SLICE(write_kv, write, row_from, row_to);
    REFUSED(write_kv, write, layer, 2, DENDRA_BAD_SLICE);
    REFUSED(write_kv, write, layer, -1, DENDRA_BAD_SLICE);
    REFUSED(write_kv, write, cache.layers, 0, DENDRA_BAD_SIZE);
    REFUSED(write_kv, write, cache.kv_heads, 0, DENDRA_BAD_SIZE);
    REFUSED_AT(write_kv, write, cache.kv_heads, 4, DENDRA_BAD_SIZE, keys.columns);
    REFUSED(write_kv, write, cache.head_dimension, 0, DENDRA_BAD_SIZE);
    REFUSED(write_kv, write, cache.type, -1, DENDRA_BAD_SIZE);
    REFUSED(write_kv, write, cache.type, DENDRA_KV_TYPE_COUNT, DENDRA_BAD_SIZE);
    REFUSED_AT(write_kv, write, cache.blocks, 1, DENDRA_BAD_INDEX, step.blocks);

    dendra_attention_job attention = {.row_to = ROWS, .layer = 1, .heads = 6, .kv_head = 2, .q = floats_of(192),
                                      .y = floats_of(192), .cache = kv, .step = good->step, .scratch = scratch_of()};
    REFUSED_JOB(attention, attention);
    REFUSED_FLOATS(attention, attention, q);
    REFUSED_FLOATS(attention, attention, y);
    REFUSED_SCRATCH(attention, attention);
    REFUSED_POINTER(attention, attention, step.table_starts);
    REFUSED_POINTER(attention, attention, step.blocks);
    REFUSED_SLICE(attention, attention, row_from, row_to);
    REFUSED(attention, attention, heads, 5, DENDRA_BAD_SIZE);
    REFUSED(attention, attention, heads, 0, DENDRA_BAD_SIZE);
    REFUSED_AT(attention, attention, heads, 9, DENDRA_BAD_SIZE, q.columns);
    REFUSED(attention, attention, kv_head, 3, DENDRA_BAD_SLICE);
    REFUSED(attention, attention, cache.type, DENDRA_KV_TYPE_COUNT, DENDRA_BAD_SIZE);
    REFUSED(attention, attention, layer, 2, DENDRA_BAD_SLICE);
    REFUSED(attention, attention, step.table_capacity, 0, DENDRA_BAD_SIZE);
    REFUSED_AT(attention, attention, step.table_capacity, 2, DENDRA_BAD_INDEX, step.table_starts);
    blocks[1] = 3;
    REFUSED(attention, attention, step.blocks, blocks, DENDRA_BAD_INDEX);
    blocks[1] = -1;
    REFUSED(attention, attention, step.blocks, blocks, DENDRA_BAD_INDEX);
    blocks[1] = 0;
    starts[0] = -1;
    REFUSED(attention, attention, step.table_starts, starts, DENDRA_BAD_INDEX);
    starts[0] = 0;
    positions[3] = -1;
    REFUSED(attention, attention, step.positions, positions, DENDRA_BAD_INDEX);
    positions[3] = 42;

    dendra_attention_spans_job spans = {.row = 1, .span_to = 1, .slot = 2, .layer = 1, .heads = 6, .kv_head = 2,
                                        .q = floats_of(192), .partials = floats_of(68), .cache = kv, .step = good->step,
                                        .scratch = scratch_of()};
    REFUSED_JOB(attention_spans, spans);
    REFUSED_FLOATS(attention_spans, spans, q);
    REFUSED_FLOATS(attention_spans, spans, partials);
    REFUSED_SCRATCH(attention_spans, spans);
    REFUSED_POINTER(attention_spans, spans, step.table_starts);
    REFUSED_POINTER(attention_spans, spans, step.blocks);
    REFUSED_SLICE(attention_spans, spans, span_from, span_to);
    REFUSED(attention_spans, spans, span_to, 2, DENDRA_BAD_SLICE);
    REFUSED(attention_spans, spans, row, ROWS, DENDRA_BAD_SLICE);
    REFUSED(attention_spans, spans, row, -1, DENDRA_BAD_SLICE);
    REFUSED(attention_spans, spans, slot, -1, DENDRA_BAD_SIZE);
    REFUSED_AT(attention_spans, spans, slot, ROWS, DENDRA_BAD_SIZE, partials.rows);
    REFUSED(attention_spans, spans, partials.columns, 69, DENDRA_BAD_SIZE);
    REFUSED(attention_spans, spans, heads, 5, DENDRA_BAD_SIZE);
    REFUSED(attention_spans, spans, kv_head, 3, DENDRA_BAD_SLICE);
    REFUSED(attention_spans, spans, cache.type, DENDRA_KV_TYPE_COUNT, DENDRA_BAD_SIZE);
    REFUSED(attention_spans, spans, layer, 2, DENDRA_BAD_SLICE);
    blocks[1] = 3;
    REFUSED(attention_spans, spans, step.blocks, blocks, DENDRA_BAD_INDEX);
    blocks[1] = 0;

    dendra_merge_spans_job merge = {.slot_to = 2, .row = 1, .heads = 6, .kv_heads = 3, .kv_head = 2, .head_dimension = 32,
                                    .partials = floats_of(68), .y = floats_of(192)};
    REFUSED_JOB(merge_spans, merge);
    REFUSED_FLOATS(merge_spans, merge, partials);
    REFUSED_FLOATS(merge_spans, merge, y);
    REFUSED_SLICE(merge_spans, merge, slot_from, slot_to);
    REFUSED(merge_spans, merge, slot_to, 0, DENDRA_BAD_SLICE);
    REFUSED(merge_spans, merge, slot_to, ROWS + 1, DENDRA_BAD_SLICE);
    REFUSED(merge_spans, merge, row, ROWS, DENDRA_BAD_SLICE);
    REFUSED(merge_spans, merge, heads, 7, DENDRA_BAD_SIZE);
    REFUSED(merge_spans, merge, kv_heads, 0, DENDRA_BAD_SIZE);
    REFUSED(merge_spans, merge, kv_head, 3, DENDRA_BAD_SLICE);
    REFUSED(merge_spans, merge, head_dimension, 0, DENDRA_BAD_SIZE);
    REFUSED(merge_spans, merge, partials.columns, 69, DENDRA_BAD_SIZE);

    positions[3] = INT32_MAX - 1;
    REFUSED(write_kv, write, step.table_starts, starts, DENDRA_BAD_INDEX);
}

/* Scalar only, since validation comes before the choice of a kernel. */
void check_faults(check *c) {
    matmul_faults(c);
    row_faults(c);
    static const int32_t POSITIONS[ROWS] = {0, 40, 41, 42};
    static const bool CONTINUED[ROWS] = {false, false, true, true};
    check_step step = check_step_of(c, ROWS, POSITIONS, CONTINUED, 3);
    step_faults(c, &step, step.memory[0].data, step.memory[1].data, step.memory[2].data, step.memory[3].data);
    check_release_step(c, &step);

    dendra_cpu cpu;
    expect(c, "detect: nowhere to answer", dendra_detect(DENDRA_ISA_SCALAR, NULL), DENDRA_NULL_POINTER, 0);
    expect(c, "detect: no instruction set", dendra_detect(-1, &cpu), DENDRA_UNSUPPORTED, 0);
    check_begin(c, "scratch_bytes");
    if (dendra_scratch_bytes(-1) != -1 || dendra_scratch_bytes(DENDRA_ISA_COUNT) != -1
        || dendra_scratch_bytes(DENDRA_ISA_AMX) < 0) {
        check_fail(c, "an unknown instruction set has scratch, or a known one has none");
    }
}
