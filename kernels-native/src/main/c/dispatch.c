/* SPDX-License-Identifier: Apache-2.0 */
/* The exported operations: each checks its job and calls the best kernel of the instruction set that the job names. */
#include "layout.h"
#include "sparse.h"
#include "validate.h"

static const dendra_kernel_table SCALAR = {
    .gather = dendra_gather__scalar,
    .rms_norm = dendra_rms_norm__scalar,
    .quantize = dendra_quantize__scalar,
    .round_bf16 = dendra_round_bf16__scalar,
    .matmul_f32 = dendra_matmul_f32__scalar,
    .matmul_codes = dendra_matmul_codes__scalar,
    .matmul_bf16 = dendra_matmul_bf16__scalar,
    .add = dendra_add__scalar,
    .add_bias = dendra_add_bias__scalar,
    .silu_multiply = dendra_silu_multiply__scalar,
    .rope = dendra_rope__scalar,
    .write_kv = dendra_write_kv__scalar,
    .attention = dendra_attention__scalar,
    .attention_spans = dendra_attention_spans__scalar,
    .merge_spans = dendra_merge_spans__scalar,
    .log_sum_exp = dendra_log_sum_exp__scalar,
    .arg_max = dendra_arg_max__scalar,
    .softmax = dendra_softmax__scalar,
    .expand_panel = dendra_expand_panel__scalar,
};

static const dendra_kernel_table AVX2 = {
#if defined(DENDRA_HAVE_AVX2)
    .gather = dendra_gather__avx2,
    .rms_norm = dendra_rms_norm__avx2,
    .quantize = dendra_quantize__avx2,
    .round_bf16 = dendra_round_bf16__avx2,
    .add = dendra_add__avx2,
    .add_bias = dendra_add_bias__avx2,
    .silu_multiply = dendra_silu_multiply__avx2,
    .rope = dendra_rope__avx2,
    .write_kv = dendra_write_kv__avx2,
    .attention = dendra_attention__avx2,
    .attention_spans = dendra_attention_spans__avx2,
    .merge_spans = dendra_merge_spans__avx2,
    .log_sum_exp = dendra_log_sum_exp__avx2,
    .arg_max = dendra_arg_max__avx2,
    .softmax = dendra_softmax__avx2,
    .matmul_f32 = dendra_matmul_f32__avx2,
    .matmul_codes = dendra_matmul_codes__avx2,
    .matmul_bf16 = dendra_matmul_bf16__avx2,
    .expand_panel = dendra_expand_panel__avx2,
#endif
};

static const dendra_kernel_table AVX512 = {
#if defined(DENDRA_HAVE_AVX512)
    .gather = dendra_gather__avx512,
    .rms_norm = dendra_rms_norm__avx512,
    .quantize = dendra_quantize__avx512,
    .round_bf16 = dendra_round_bf16__avx512,
    .add = dendra_add__avx512,
    .add_bias = dendra_add_bias__avx512,
    .silu_multiply = dendra_silu_multiply__avx512,
    .rope = dendra_rope__avx512,
    .write_kv = dendra_write_kv__avx512,
    .attention = dendra_attention__avx512,
    .attention_spans = dendra_attention_spans__avx512,
    .merge_spans = dendra_merge_spans__avx512,
    .log_sum_exp = dendra_log_sum_exp__avx512,
    .arg_max = dendra_arg_max__avx512,
    .softmax = dendra_softmax__avx512,
    .matmul_f32 = dendra_matmul_f32__avx512,
    .matmul_codes = dendra_matmul_codes__avx512,
    .matmul_bf16 = dendra_matmul_bf16__avx512,
    .expand_panel = dendra_expand_panel__avx512,
    .matmul_sparse_codes = dendra_matmul_sparse_codes__avx512,
    .expand_quads = dendra_expand_quads__avx512,
#endif
};

/* What AVX-512 does better where DENDRA_CPU_AVX512_BF16 is set. */
static const dendra_kernel_table AVX512BF16 = {
#if defined(DENDRA_HAVE_AVX512BF16)
    .matmul_bf16 = dendra_matmul_bf16__avx512bf16,
#endif
};

static const dendra_kernel_table AMX = {
#if defined(DENDRA_HAVE_AMX)
    .matmul_codes = dendra_matmul_codes__amx,
    .matmul_bf16 = dendra_matmul_bf16__amx,
    .matmul_expanding_codes = dendra_matmul_expanding_codes__amx,
    .matmul_expanding_bf16 = dendra_matmul_expanding_bf16__amx,
#endif
};

/* What AVX-512 does better where DENDRA_CPU_AVX512_VBMI2 is set. */
static const dendra_kernel_table AVX512VBMI2 = {
#if defined(DENDRA_HAVE_AVX512VBMI2)
    .expand_panel = dendra_expand_panel__avx512vbmi2,
    .matmul_sparse_codes = dendra_matmul_sparse_codes__avx512vbmi2,
    .expand_quads = dendra_expand_quads__avx512vbmi2,
#endif
};

/* What it does better where both are. */
static const dendra_kernel_table AVX512BF16VBMI2 = {
#if defined(DENDRA_HAVE_AVX512BF16VBMI2)
    .matmul_sparse_bf16 = dendra_matmul_sparse_bf16__avx512bf16vbmi2,
#endif
};

enum { BF16_AND_VBMI2 = DENDRA_CPU_AVX512_BF16 | DENDRA_CPU_AVX512_VBMI2 };

/* The kernel of the instruction set with the extensions, or of the nearest below that has one. */
#define SELECT(operation, isa, extensions)                                                                             \
    ((isa) >= DENDRA_ISA_AMX && AMX.operation != NULL ? AMX.operation                                                  \
     : (isa) >= DENDRA_ISA_AVX512 && ((extensions) & BF16_AND_VBMI2) == BF16_AND_VBMI2                                 \
             && AVX512BF16VBMI2.operation != NULL                                                                      \
         ? AVX512BF16VBMI2.operation                                                                                   \
     : (isa) >= DENDRA_ISA_AVX512 && ((extensions) & DENDRA_CPU_AVX512_BF16) && AVX512BF16.operation != NULL           \
         ? AVX512BF16.operation                                                                                        \
     : (isa) >= DENDRA_ISA_AVX512 && ((extensions) & DENDRA_CPU_AVX512_VBMI2) && AVX512VBMI2.operation != NULL         \
         ? AVX512VBMI2.operation                                                                                       \
     : (isa) >= DENDRA_ISA_AVX512 && AVX512.operation != NULL ? AVX512.operation                                       \
     : (isa) >= DENDRA_ISA_AVX2 && AVX2.operation != NULL     ? AVX2.operation                                         \
                                                              : SCALAR.operation)

#define RUN(operation, job)                                                                                            \
    do {                                                                                                               \
        SELECT(operation, (job)->isa, dendra_found_extensions())(job);                                                 \
        return DENDRA_OK;                                                                                              \
    } while (0)

/* A product, by what the matrix asks for. */
#define RUN_PRODUCT(operation, job)                                                                                    \
    do {                                                                                                               \
        if ((job)->w.pattern == DENDRA_DENSE) {                                                                        \
            RUN(operation, job);                                                                                       \
        }                                                                                                              \
        const uint32_t extensions = dendra_found_extensions();                                                         \
        const dendra_kernel_table kernels = {                                                                          \
            .operation = SELECT(operation, (job)->isa, extensions),                                                    \
            .expand_panel = SELECT(expand_panel, (job)->isa, extensions),                                              \
            .matmul_sparse_codes = SELECT(matmul_sparse_codes, (job)->isa, extensions),                                \
            .matmul_sparse_bf16 = SELECT(matmul_sparse_bf16, (job)->isa, extensions),                                  \
            .expand_quads = SELECT(expand_quads, (job)->isa, extensions),                                              \
            .matmul_expanding_codes = SELECT(matmul_expanding_codes, (job)->isa, extensions),                          \
            .matmul_expanding_bf16 = SELECT(matmul_expanding_bf16, (job)->isa, extensions),                            \
        };                                                                                                             \
        dendra_sparse_##operation(&kernels, job);                                                                      \
        return DENDRA_OK;                                                                                              \
    } while (0)

#define CHECK(expression)                                                                                              \
    do {                                                                                                               \
        int32_t fault = (expression);                                                                                  \
        if (fault != DENDRA_OK) {                                                                                      \
            return fault;                                                                                              \
        }                                                                                                              \
    } while (0)

/* Needs `job`; every job begins with its instruction set. */
#define CHECK_JOB()                                                                                                    \
    do {                                                                                                               \
        if (job == NULL) {                                                                                             \
            return DENDRA_NULL_JOB;                                                                                    \
        }                                                                                                              \
        if (job->isa < DENDRA_ISA_SCALAR || job->isa > dendra_found_isa()) {                                           \
            return DENDRA_UNSUPPORTED;                                                                                 \
        }                                                                                                              \
    } while (0)

#define AT(name) offsetof(__typeof__(*job), name)

#define BIT(encoding) (1u << (encoding))
#define ANY_ENCODING (BIT(DENDRA_ENCODING_COUNT) - 1)
#define ANY_PATTERN (BIT(DENDRA_PATTERN_COUNT) - 1)
#define INTEGER_ENCODINGS (BIT(DENDRA_I8) | BIT(DENDRA_I8G32) | BIT(DENDRA_U4G32))

int64_t dendra_scratch_bytes(int32_t isa) {
    return isa >= DENDRA_ISA_SCALAR && isa < DENDRA_ISA_COUNT ? DENDRA_WORKER_SCRATCH_BYTES : -1;
}

/* The outputs of a product: whole panels are written. */
static int32_t check_outputs(const dendra_floats *y, const dendra_weights *w, int32_t rows, size_t at) {
    CHECK(dendra_check_floats(y, rows, 0, at));
    int64_t least = dendra_padded(w->rows, DENDRA_PANEL_ROWS);
    return dendra_check_size(y->stride, least, INT32_MAX, at + offsetof(dendra_floats, stride));
}

int32_t dendra_matmul_f32(const dendra_matmul_f32_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->rows, 1, INT32_MAX, AT(rows)));
    CHECK(dendra_check_weights(&job->w, ANY_ENCODING, AT(w)));
    CHECK(dendra_check_pattern(&job->w, ANY_PATTERN, AT(w)));
    CHECK(dendra_check_slice(job->panel_from, job->panel_to, dendra_panels(&job->w), AT(panel_from)));
    CHECK(dendra_check_exact_floats(&job->x, job->rows, job->w.columns, AT(x)));
    CHECK(check_outputs(&job->y, &job->w, job->rows, AT(y)));
    CHECK(dendra_check_scratch(&job->scratch, AT(scratch)));
    RUN_PRODUCT(matmul_f32, job);
}

int32_t dendra_matmul_codes(const dendra_matmul_codes_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->rows, 1, INT32_MAX, AT(rows)));
    CHECK(dendra_check_size(job->tile_rows_from, 0, INT32_MAX, AT(tile_rows_from)));
    CHECK(dendra_check_weights(&job->w, INTEGER_ENCODINGS, AT(w)));
    CHECK(dendra_check_pattern(&job->w, ANY_PATTERN, AT(w)));
    CHECK(dendra_check_slice(job->panel_from, job->panel_to, dendra_panels(&job->w), AT(panel_from)));
    CHECK(dendra_check_codes(&job->x, job->rows, job->w.columns, AT(x)));
    int32_t group = job->w.encoding == DENDRA_I8 ? 0 : DENDRA_GROUP;
    CHECK(dendra_check_size(job->x.group, group, group, AT(x.group)));
    CHECK(check_outputs(&job->y, &job->w, job->rows, AT(y)));
    CHECK(dendra_check_scratch(&job->scratch, AT(scratch)));
    RUN_PRODUCT(matmul_codes, job);
}

int32_t dendra_matmul_bf16(const dendra_matmul_bf16_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->rows, 1, INT32_MAX, AT(rows)));
    CHECK(dendra_check_size(job->tile_rows_from, 0, INT32_MAX, AT(tile_rows_from)));
    CHECK(dendra_check_weights(&job->w, ANY_ENCODING, AT(w)));
    CHECK(dendra_check_pattern(&job->w, ANY_PATTERN, AT(w)));
    CHECK(dendra_check_slice(job->panel_from, job->panel_to, dendra_panels(&job->w), AT(panel_from)));
    CHECK(dendra_check_bfloats(&job->x, job->rows, job->w.columns, AT(x)));
    CHECK(check_outputs(&job->y, &job->w, job->rows, AT(y)));
    CHECK(dendra_check_scratch(&job->scratch, AT(scratch)));
    RUN_PRODUCT(matmul_bf16, job);
}

int32_t dendra_gather(const dendra_gather_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_weights(&job->table, ANY_ENCODING, AT(table)));
    CHECK(dendra_check_pattern(&job->table, BIT(DENDRA_DENSE), AT(table)));
    CHECK(dendra_check_exact_floats(&job->y, 0, job->table.columns, AT(y)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->y.rows, AT(row_from)));
    CHECK(dendra_check_tokens(&job->step, job->row_from, job->row_to, job->table.rows, AT(step)));
    RUN(gather, job);
}

int32_t dendra_rms_norm(const dendra_rms_norm_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->x, 0, 0, AT(x)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->x.rows, AT(row_from)));
    CHECK(dendra_check_pointer(job->weight, AT(weight)));
    CHECK(dendra_check_exact_floats(&job->y, job->row_to, job->x.columns, AT(y)));
    RUN(rms_norm, job);
}

int32_t dendra_quantize(const dendra_quantize_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->x, 0, 0, AT(x)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->x.rows, AT(row_from)));
    CHECK(dendra_check_codes(&job->y, job->row_to, job->x.columns, AT(y)));
    RUN(quantize, job);
}

int32_t dendra_round_bf16(const dendra_round_bf16_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->x, 0, 0, AT(x)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->x.rows, AT(row_from)));
    CHECK(dendra_check_bfloats(&job->y, job->row_to, job->x.columns, AT(y)));
    RUN(round_bf16, job);
}

int32_t dendra_add(const dendra_add_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->x, 0, 0, AT(x)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->x.rows, AT(row_from)));
    CHECK(dendra_check_floats(&job->y, job->row_to, job->x.columns, AT(y)));
    RUN(add, job);
}

int32_t dendra_add_bias(const dendra_add_bias_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->y, 0, 0, AT(y)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->y.rows, AT(row_from)));
    CHECK(dendra_check_pointer(job->bias, AT(bias)));
    RUN(add_bias, job);
}

int32_t dendra_silu_multiply(const dendra_silu_multiply_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->rows, 1, INT32_MAX, AT(rows)));
    CHECK(dendra_check_floats(&job->gate, job->rows, 0, AT(gate)));
    CHECK(dendra_check_exact_floats(&job->up, job->rows, job->gate.columns, AT(up)));
    CHECK(dendra_check_exact_floats(&job->y, job->rows, job->gate.columns, AT(y)));
    int64_t columns = dendra_padded(job->gate.columns, 16);
    CHECK(dendra_check_slice(job->column_from, job->column_to, columns, AT(column_from)));
    if (job->column_from % 16 != 0) {
        return dendra_fault(DENDRA_BAD_SLICE, AT(column_from));
    }
    if (job->column_to % 16 != 0) {
        return dendra_fault(DENDRA_BAD_SLICE, AT(column_to));
    }
    RUN(silu_multiply, job);
}

int32_t dendra_rope(const dendra_rope_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->heads, 1, INT32_MAX, AT(heads)));
    CHECK(dendra_check_size(job->head_dimension, 1, DENDRA_MAX_HEAD_DIMENSION, AT(head_dimension)));
    CHECK(dendra_check_size(job->rotated, 0, job->head_dimension, AT(rotated)));
    if (job->rotated % 2 != 0) {
        return dendra_fault(DENDRA_BAD_SIZE, AT(rotated));
    }
    CHECK(dendra_check_size(job->neox, 0, 1, AT(neox)));
    CHECK(dendra_check_size(job->positions, 1, INT32_MAX, AT(positions)));
    CHECK(dendra_check_floats(&job->x, 0, (int64_t) job->heads * job->head_dimension, AT(x)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->x.rows, AT(row_from)));
    CHECK(dendra_check_pointer(job->table, AT(table)));
    CHECK(dendra_check_positions(&job->step, job->row_from, job->row_to, job->positions, AT(step)));
    RUN(rope, job);
}

int32_t dendra_write_kv(const dendra_write_kv_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_kv(&job->cache, AT(cache)));
    CHECK(dendra_check_slice(job->layer, job->layer, job->cache.layers - 1, AT(layer)));
    int64_t columns = (int64_t) job->cache.kv_heads * job->cache.head_dimension;
    CHECK(dendra_check_floats(&job->keys, 0, columns, AT(keys)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->keys.rows, AT(row_from)));
    CHECK(dendra_check_floats(&job->values, job->row_to, columns, AT(values)));
    CHECK(dendra_check_blocks(&job->step, job->row_from, job->row_to, job->cache.blocks, 1, AT(step)));
    RUN(write_kv, job);
}

/* Query heads that share KV heads evenly. */
static int32_t check_heads(int32_t heads, int32_t kv_heads, size_t at) {
    CHECK(dendra_check_size(heads, 1, INT32_MAX, at));
    return heads % kv_heads == 0 ? DENDRA_OK : dendra_fault(DENDRA_BAD_SIZE, at);
}

static int64_t partial_columns(int32_t heads, int32_t kv_heads, int32_t head_dimension) {
    return (int64_t) (heads / kv_heads) * (head_dimension + 2);
}

int32_t dendra_attention(const dendra_attention_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_kv(&job->cache, AT(cache)));
    CHECK(dendra_check_slice(job->layer, job->layer, job->cache.layers - 1, AT(layer)));
    CHECK(dendra_check_slice(job->kv_head, job->kv_head, job->cache.kv_heads - 1, AT(kv_head)));
    CHECK(check_heads(job->heads, job->cache.kv_heads, AT(heads)));
    int64_t columns = (int64_t) job->heads * job->cache.head_dimension;
    CHECK(dendra_check_floats(&job->q, 0, columns, AT(q)));
    CHECK(dendra_check_slice(job->row_from, job->row_to, job->q.rows, AT(row_from)));
    CHECK(dendra_check_floats(&job->y, job->row_to, columns, AT(y)));
    CHECK(dendra_check_blocks(&job->step, job->row_from, job->row_to, job->cache.blocks, 0, AT(step)));
    CHECK(dendra_check_scratch(&job->scratch, AT(scratch)));
    RUN(attention, job);
}

int32_t dendra_attention_spans(const dendra_attention_spans_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_kv(&job->cache, AT(cache)));
    CHECK(dendra_check_slice(job->layer, job->layer, job->cache.layers - 1, AT(layer)));
    CHECK(dendra_check_slice(job->kv_head, job->kv_head, job->cache.kv_heads - 1, AT(kv_head)));
    CHECK(check_heads(job->heads, job->cache.kv_heads, AT(heads)));
    CHECK(dendra_check_floats(&job->q, 0, (int64_t) job->heads * job->cache.head_dimension, AT(q)));
    CHECK(dendra_check_slice(job->row, job->row, job->q.rows - 1, AT(row)));
    CHECK(dendra_check_blocks(&job->step, job->row, job->row + 1, job->cache.blocks, 0, AT(step)));
    int32_t spans = job->step.positions[job->row] / DENDRA_SPAN_TOKENS + 1;
    CHECK(dendra_check_slice(job->span_from, job->span_to, spans, AT(span_from)));
    CHECK(dendra_check_size(job->slot, 0, INT32_MAX, AT(slot)));
    int64_t slot_to = (int64_t) job->slot + job->span_to - job->span_from;
    int64_t columns = partial_columns(job->heads, job->cache.kv_heads, job->cache.head_dimension);
    CHECK(dendra_check_exact_floats(&job->partials, slot_to, columns, AT(partials)));
    CHECK(dendra_check_scratch(&job->scratch, AT(scratch)));
    RUN(attention_spans, job);
}

int32_t dendra_merge_spans(const dendra_merge_spans_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_size(job->head_dimension, 1, DENDRA_MAX_HEAD_DIMENSION, AT(head_dimension)));
    CHECK(dendra_check_size(job->kv_heads, 1, INT32_MAX, AT(kv_heads)));
    CHECK(dendra_check_slice(job->kv_head, job->kv_head, job->kv_heads - 1, AT(kv_head)));
    CHECK(check_heads(job->heads, job->kv_heads, AT(heads)));
    int64_t columns = partial_columns(job->heads, job->kv_heads, job->head_dimension);
    CHECK(dendra_check_exact_floats(&job->partials, 0, columns, AT(partials)));
    CHECK(dendra_check_slice(job->slot_from, job->slot_to, job->partials.rows, AT(slot_from)));
    if (job->slot_to == job->slot_from) {
        return dendra_fault(DENDRA_BAD_SLICE, AT(slot_to)); /* a row has a span */
    }
    CHECK(dendra_check_floats(&job->y, 0, (int64_t) job->heads * job->head_dimension, AT(y)));
    CHECK(dendra_check_slice(job->row, job->row, job->y.rows - 1, AT(row)));
    RUN(merge_spans, job);
}

static int32_t check_logits(const dendra_logits_job *job) {
    CHECK_JOB();
    CHECK(dendra_check_floats(&job->x, 0, 0, AT(x)));
    return dendra_check_slice(job->row, job->row, job->x.rows - 1, AT(row));
}

int32_t dendra_log_sum_exp(dendra_logits_job *job) {
    CHECK(check_logits(job));
    RUN(log_sum_exp, job);
}

int32_t dendra_arg_max(dendra_logits_job *job) {
    CHECK(check_logits(job));
    RUN(arg_max, job);
}

int32_t dendra_softmax(const dendra_logits_job *job) {
    CHECK(check_logits(job));
    RUN(softmax, job);
}

dendra_kernel_table dendra_kernels_of(int32_t isa, uint32_t extensions) {
    return (dendra_kernel_table) {
        .gather = SELECT(gather, isa, extensions),
        .rms_norm = SELECT(rms_norm, isa, extensions),
        .quantize = SELECT(quantize, isa, extensions),
        .round_bf16 = SELECT(round_bf16, isa, extensions),
        .matmul_f32 = SELECT(matmul_f32, isa, extensions),
        .matmul_codes = SELECT(matmul_codes, isa, extensions),
        .matmul_bf16 = SELECT(matmul_bf16, isa, extensions),
        .add = SELECT(add, isa, extensions),
        .add_bias = SELECT(add_bias, isa, extensions),
        .silu_multiply = SELECT(silu_multiply, isa, extensions),
        .rope = SELECT(rope, isa, extensions),
        .write_kv = SELECT(write_kv, isa, extensions),
        .attention = SELECT(attention, isa, extensions),
        .attention_spans = SELECT(attention_spans, isa, extensions),
        .merge_spans = SELECT(merge_spans, isa, extensions),
        .log_sum_exp = SELECT(log_sum_exp, isa, extensions),
        .arg_max = SELECT(arg_max, isa, extensions),
        .softmax = SELECT(softmax, isa, extensions),
        .expand_panel = SELECT(expand_panel, isa, extensions),
        .matmul_sparse_codes = SELECT(matmul_sparse_codes, isa, extensions),
        .matmul_sparse_bf16 = SELECT(matmul_sparse_bf16, isa, extensions),
        .expand_quads = SELECT(expand_quads, isa, extensions),
        .matmul_expanding_codes = SELECT(matmul_expanding_codes, isa, extensions),
        .matmul_expanding_bf16 = SELECT(matmul_expanding_bf16, isa, extensions),
    };
}
