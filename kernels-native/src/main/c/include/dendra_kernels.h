/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels of Dendra in C. Each operation is one function that takes one job: pointers, sizes, and the slice of the
 * work that the calling thread does. Nothing is allocated, nothing is kept between calls, and a job is checked in full
 * before any memory that it names is touched; only the tables of a step are read to check what they say. The operations
 * are those of the Java interface dev.dendra.kernels.Kernels, whose javadoc defines each one; weights lie as
 * dev.dendra.tensor.PanelLayout says, and sparse ones as dev.dendra.sparse.SparseLayout, whose offsets and masks are
 * trusted.
 *
 * A call returns DENDRA_OK, or a status in bits 0 to 7 and in bits 8 to 23 the byte offset in the job of the field at
 * fault.
 */
#ifndef DENDRA_KERNELS_H
#define DENDRA_KERNELS_H

#include <stdint.h>

#define DENDRA_ABI_VERSION 5u
#define DENDRA_EXPORT __attribute__((visibility("default")))

/* Limits: of inputs K, so that an int32 holds any dot product of codes; and of the elements of a head. */
#define DENDRA_MAX_CODES 131008
#define DENDRA_MAX_HEAD_DIMENSION 1024

/* Most inputs of a sparse matrix: scratch holds two of its panels as dense ones. */
#define DENDRA_MAX_SPARSE_COLUMNS 65536

/* Positions of a span of attention: dev.dendra.kernels.AttentionSpans. */
#define DENDRA_SPAN_TOKENS 512

/* Every pointer of a job is aligned to this, in bytes; so is every row of a matrix. */
#define DENDRA_ALIGNMENT 64

/* Instruction sets, each a superset of those before it. */
enum dendra_isa {
    DENDRA_ISA_SCALAR = 0,
    DENDRA_ISA_AVX2 = 1,   /* AVX2, FMA, F16C */
    DENDRA_ISA_AVX512 = 2, /* F, BW, DQ, VL, VNNI */
    DENDRA_ISA_AMX = 3,    /* AVX512 with BF16; AMX TILE, INT8, BF16 and the permission to use them */
    DENDRA_ISA_COUNT = 4
};

/* Bits of dendra_cpu.extensions: what a tier uses where it is there. */
#define DENDRA_CPU_AVX512_BF16 1u
#define DENDRA_CPU_AVX512_VBMI 2u
#define DENDRA_CPU_AVX512_VBMI2 4u

enum dendra_encoding {
    DENDRA_F32 = 0,
    DENDRA_BF16 = 1,
    DENDRA_I8 = 2,
    DENDRA_I8G32 = 3,
    DENDRA_U4G32 = 4,
    DENDRA_ENCODING_COUNT = 5
};

/* Which weights are stored: dev.dendra.tensor.Pattern. */
enum dendra_pattern {
    DENDRA_DENSE = 0,
    DENDRA_UNSTRUCTURED = 1, /* 1x1 */
    DENDRA_QUADS = 2,        /* 1x4 */
    DENDRA_LINES = 3,        /* 16x4 */
    DENDRA_TILES = 4,        /* 16x64 */
    DENDRA_PATTERN_COUNT = 5
};

enum dendra_status {
    DENDRA_OK = 0,
    DENDRA_NULL_JOB = 1,
    DENDRA_NULL_POINTER = 2,
    DENDRA_MISALIGNED = 3,
    DENDRA_BAD_SIZE = 4,     /* negative, zero where it may not be, not a multiple, or too large */
    DENDRA_BAD_SLICE = 5,    /* not inside the matrix, or reversed */
    DENDRA_BAD_ENCODING = 6, /* unknown, or none that this operation takes */
    DENDRA_UNSUPPORTED = 7,  /* the instruction set is unknown, or dendra_detect has not found it */
    DENDRA_BAD_INDEX = 8,    /* a step's token, position or block lies outside of what it points into */
    DENDRA_BAD_PATTERN = 9   /* unknown, or none that this operation or the encoding takes */
};

/* What the CPU and the operating system allow. */
typedef struct dendra_cpu {
    int32_t isa;         /* the highest tier that may run */
    uint32_t extensions; /* DENDRA_CPU_ bits */
    /* For each tier above `isa`: why it may not run, as text that ends in NUL; empty for those that may. */
    char reason[DENDRA_ISA_COUNT][112];
} dendra_cpu;

/* A packed weight matrix [rows, columns]. */
typedef struct dendra_weights {
    const void *data;
    int32_t encoding;
    int32_t rows;
    int32_t columns;
    int32_t pattern;
} dendra_weights;

/* Rows of single precision; `stride` elements apart, a multiple of 64; elements from `columns` to the stride are zero. */
typedef struct dendra_floats {
    float *data;
    int32_t rows;
    int32_t columns;
    int32_t stride;
    int32_t reserved;
} dendra_floats;

/*
 * Rows rounded to int8, or to int16 held as two int8 planes: code = 256 * codes + low_codes, each plane in -128 .. 127.
 * For each row `stride` codes (K padded to 64, padding zero) and one scale and sum for every `group` codes; `group` is 32,
 * or 0 where one scale and sum serve the whole row. `low_codes` and `low_sums` are NULL for int8.
 */
typedef struct dendra_codes {
    int8_t *codes;
    int8_t *low_codes;
    float *scales;
    int32_t *sums;     /* sum of `codes` */
    int32_t *low_sums; /* sum of `low_codes` */
    int32_t rows;
    int32_t columns;
    int32_t stride;
    int32_t group;
} dendra_codes;

/* Rows rounded to bfloat16, to nearest and ties to even; `stride` is K padded to 64, padding zero. */
typedef struct dendra_bfloats {
    uint16_t *data;
    int32_t rows;
    int32_t columns;
    int32_t stride;
    int32_t reserved;
} dendra_bfloats;

/* For each row of a step its position and where the block table of its sequence starts. */
typedef struct dendra_step_rows {
    const int32_t *tokens;
    const int32_t *positions;
    const int32_t *table_starts;
    const int32_t *blocks;
    int32_t capacity;
    int32_t table_capacity;
} dendra_step_rows;

/* dev.dendra.kernels.KvType: of the keys and values in a cache. */
enum dendra_kv_type { DENDRA_KV_F32, DENDRA_KV_BF16, DENDRA_KV_INT8, DENDRA_KV_TYPE_COUNT };

/* dev.dendra.kernels.KvLayout, which says where elements and scales lie; aligned to 64. */
typedef struct dendra_kv {
    void *data;
    int32_t layers;
    int32_t kv_heads;
    int32_t head_dimension;
    int32_t blocks;
    int32_t type;
    int32_t reserved;
} dendra_kv;

typedef struct dendra_scratch {
    void *data;
    int64_t bytes; /* at least dendra_scratch_bytes() */
} dendra_scratch;

/* y[m, n] for m < rows and the outputs of panels panel_from .. panel_to. */
typedef struct dendra_matmul_f32_job {
    int32_t isa;
    int32_t rows;
    int32_t panel_from;
    int32_t panel_to;
    dendra_weights w;
    dendra_floats x;
    dendra_floats y;
    dendra_scratch scratch;
} dendra_matmul_f32_job;

typedef struct dendra_matmul_codes_job {
    int32_t isa;
    int32_t rows;
    int32_t panel_from;
    int32_t panel_to;
    int32_t tile_rows_from; /* AMX: tiles from this many rows on, dot products below */
    int32_t reserved;
    dendra_weights w;
    dendra_codes x; /* group 0 for DENDRA_I8, 32 for DENDRA_I8G32 and DENDRA_U4G32 */
    dendra_floats y;
    dendra_scratch scratch;
} dendra_matmul_codes_job;

typedef struct dendra_matmul_bf16_job {
    int32_t isa;
    int32_t rows;
    int32_t panel_from;
    int32_t panel_to;
    int32_t tile_rows_from;
    int32_t reserved;
    dendra_weights w;
    dendra_bfloats x;
    dendra_floats y;
    dendra_scratch scratch;
} dendra_matmul_bf16_job;

typedef struct dendra_gather_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t reserved;
    dendra_weights table;
    dendra_step_rows step;
    dendra_floats y;
} dendra_gather_job;

typedef struct dendra_rms_norm_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    float epsilon;
    dendra_floats x;
    const float *weight; /* [x.columns] */
    dendra_floats y;     /* may be x */
} dendra_rms_norm_job;

typedef struct dendra_quantize_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t reserved;
    dendra_floats x;
    dendra_codes y; /* int16 where low_codes is not NULL */
} dendra_quantize_job;

typedef struct dendra_round_bf16_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t reserved;
    dendra_floats x;
    dendra_bfloats y;
} dendra_round_bf16_job;

typedef struct dendra_add_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t reserved;
    dendra_floats x;
    dendra_floats y;
} dendra_add_job;

typedef struct dendra_add_bias_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t reserved;
    const float *bias; /* [y.columns] */
    dendra_floats y;
} dendra_add_bias_job;

typedef struct dendra_silu_multiply_job {
    int32_t isa;
    int32_t rows;
    int32_t column_from; /* multiples of 16 */
    int32_t column_to;
    dendra_floats gate;
    dendra_floats up;
    dendra_floats y; /* may be gate */
} dendra_silu_multiply_job;

typedef struct dendra_rope_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t heads;
    int32_t head_dimension;
    int32_t rotated;
    int32_t neox;      /* 0: neighbours are pairs, 1: halves are */
    int32_t positions; /* rows of the table */
    const float *table; /* [positions][rotated/2][2]: cosine, sine */
    dendra_step_rows step;
    dendra_floats x;
} dendra_rope_job;

typedef struct dendra_write_kv_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t layer;
    dendra_floats keys;
    dendra_floats values;
    dendra_kv cache;
    dendra_step_rows step;
} dendra_write_kv_job;

typedef struct dendra_attention_job {
    int32_t isa;
    int32_t row_from;
    int32_t row_to;
    int32_t layer;
    int32_t heads;
    int32_t kv_head;
    float scale;
    int32_t reserved;
    dendra_floats q;
    dendra_floats y;
    dendra_kv cache;
    dendra_step_rows step;
    dendra_scratch scratch;
} dendra_attention_job;

/* Partial results of one row: those of span_from .. span_to go to rows of `partials` from `slot` on. */
typedef struct dendra_attention_spans_job {
    int32_t isa;
    int32_t row;
    int32_t span_from;
    int32_t span_to;
    int32_t slot;
    int32_t layer;
    int32_t heads;
    int32_t kv_head;
    float scale;
    int32_t reserved;
    dendra_floats q;
    dendra_floats partials; /* [slots, heads / kv_heads * (head_dimension + 2)]: outputs, largest scores, sums of shares */
    dendra_kv cache;
    dendra_step_rows step;
    dendra_scratch scratch;
} dendra_attention_spans_job;

/* Attention of one row from its partial results, rows slot_from .. slot_to of `partials`. */
typedef struct dendra_merge_spans_job {
    int32_t isa;
    int32_t slot_from;
    int32_t slot_to;
    int32_t row;
    int32_t heads;
    int32_t kv_heads;
    int32_t kv_head;
    int32_t head_dimension;
    dendra_floats partials;
    dendra_floats y;
} dendra_merge_spans_job;

/* One row of logits; the result goes to the job. */
typedef struct dendra_logits_job {
    int32_t isa;
    int32_t row;
    dendra_floats x;
    float log_sum_exp; /* result of dendra_log_sum_exp */
    int32_t arg_max;   /* result of dendra_arg_max */
} dendra_logits_job;

DENDRA_EXPORT uint32_t dendra_abi_version(void);

/*
 * Finds what may run here: CPUID, XGETBV and, for AMX, the permission that Linux wants to be asked for, which this call
 * asks for. `max_isa` caps the answer; a capped instruction set is not asked for. Jobs may name what some call has found.
 */
DENDRA_EXPORT int32_t dendra_detect(int32_t max_isa, dendra_cpu *cpu);

/* Bytes of scratch that a worker has to bring, for any job of that instruction set; -1 for an unknown one. */
DENDRA_EXPORT int64_t dendra_scratch_bytes(int32_t isa);

DENDRA_EXPORT int32_t dendra_gather(const dendra_gather_job *job);
DENDRA_EXPORT int32_t dendra_rms_norm(const dendra_rms_norm_job *job);
DENDRA_EXPORT int32_t dendra_quantize(const dendra_quantize_job *job);
DENDRA_EXPORT int32_t dendra_round_bf16(const dendra_round_bf16_job *job);
DENDRA_EXPORT int32_t dendra_matmul_f32(const dendra_matmul_f32_job *job);
DENDRA_EXPORT int32_t dendra_matmul_codes(const dendra_matmul_codes_job *job);
DENDRA_EXPORT int32_t dendra_matmul_bf16(const dendra_matmul_bf16_job *job);
DENDRA_EXPORT int32_t dendra_add(const dendra_add_job *job);
DENDRA_EXPORT int32_t dendra_add_bias(const dendra_add_bias_job *job);
DENDRA_EXPORT int32_t dendra_silu_multiply(const dendra_silu_multiply_job *job);
DENDRA_EXPORT int32_t dendra_rope(const dendra_rope_job *job);
DENDRA_EXPORT int32_t dendra_write_kv(const dendra_write_kv_job *job);
DENDRA_EXPORT int32_t dendra_attention(const dendra_attention_job *job);
DENDRA_EXPORT int32_t dendra_attention_spans(const dendra_attention_spans_job *job);
DENDRA_EXPORT int32_t dendra_merge_spans(const dendra_merge_spans_job *job);
DENDRA_EXPORT int32_t dendra_log_sum_exp(dendra_logits_job *job);
DENDRA_EXPORT int32_t dendra_arg_max(dendra_logits_job *job);
DENDRA_EXPORT int32_t dendra_softmax(const dendra_logits_job *job);

#endif
