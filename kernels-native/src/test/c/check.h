/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks share: the instruction set under test, seeded numbers, guarded memory, calls and verdicts. */
#ifndef DENDRA_CHECK_H
#define DENDRA_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "layout.h"

/* Half of the distance from 1 to the next float: the largest relative error of one rounding. */
#define UNIT_ROUNDOFF 0x1p-24

/* An instruction set, with the extensions that its kernels may use. */
typedef struct check_tier {
    const char *name;
    int32_t isa;
    uint32_t extensions;
    dendra_kernel_table kernels;
    dendra_kernel_table below; /* what kernels that are missing are taken from */
} check_tier;

/* The state of a run. */
typedef struct check {
    const check_tier *tier;
    dendra_kernel_table reference; /* scalar */
    uint64_t random;
    bool quick;
    bool failed;    /* the case under way */
    int cases;      /* of the kernel under way */
    int failures;   /* of the kernel under way */
    char label[160]; /* the case under way, for messages */
} check;

/* Random numbers (splitmix64; Steele, Lea and Flood 2014), the same for every tier that starts from the same seed. */
uint64_t check_random(check *c);
/* least .. most */
int64_t check_random_between(check *c, int64_t least, int64_t most);
/* In [-magnitude, magnitude]. */
float check_random_float(check *c, float magnitude);
/* One of `count` numbers. */
int32_t check_pick(check *c, const int32_t *numbers, size_t count);
#define CHECK_PICK(c, array) check_pick(c, array, sizeof(array) / sizeof(array)[0])

/*
 * Memory aligned to 64 whose end lies against a page that cannot be touched (in a sanitized program, against poisoned
 * bytes), filled with a pattern. The bytes before it, and between its end and the page's, are canaries.
 */
typedef struct check_memory {
    void *data;
    size_t bytes;
    void *mapping;
    size_t mapped;
} check_memory;

check_memory check_allocate(size_t bytes);
/* Fails the case if a canary was changed. */
void check_release(check *c, check_memory *memory, const char *what);

/* Begins a case; `format` says what it is. */
void check_begin(check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fails the case under way; prints the first reason. */
void check_fail(check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls a kernel and fails the case if it changes what a function must preserve. */
void check_call(check *c, void (*kernel)(void), const void *job);
#define CHECK_CALL(c, kernel, job) check_call(c, (void (*)(void)) (kernel), job)

/* Bit for bit, where one NaN is as good as another. */
bool check_same(float a, float b);
/* Within `bound`, or the same. */
bool check_close(float a, float b, double bound);
/* Fails the case unless the bytes are the same. */
void check_same_bytes(check *c, const char *what, const void *expected, const void *actual, size_t bytes);

/* A float matrix [rows, columns] in guarded memory. */
typedef struct check_matrix {
    dendra_floats floats;
    check_memory memory;
} check_matrix;

/* Padding zero, elements of the memory's pattern. */
check_matrix check_matrix_of(int32_t rows, int32_t columns);
/* As above, random elements up to that magnitude. */
check_matrix check_random_matrix(check *c, int32_t rows, int32_t columns, float magnitude);
/* The same content in other memory. */
check_matrix check_copy(const check_matrix *matrix);
void check_release_matrix(check *c, check_matrix *matrix, const char *what);

static inline float *check_at(const dendra_floats *x, int64_t row, int64_t column) {
    return x->data + row * x->stride + column;
}

/* What weights and activations look like. */
enum check_style { CHECK_ORDINARY, CHECK_EXTREME, CHECK_STYLES };

/* Random weights, packed. */
typedef struct check_packed {
    dendra_weights w;
    check_memory memory;
    float *largest; /* [N padded]: bound of the magnitude of an output's weights, as the products of a sum see them */
} check_packed;

check_packed check_pack(check *c, int32_t encoding, int32_t rows, int32_t columns, enum check_style style);
void check_release_packed(check *c, check_packed *packed);
const char *check_encoding_name(int32_t encoding);

/* Random weights of which some are zero, packed twice: as a sparse matrix, and as the dense one that it stands for. */
typedef struct check_sparse {
    check_packed dense;
    dendra_weights w;
    check_memory memory;
} check_sparse;

/* Rows of blocks have as many live ones each if they are `equal`, else some have another density. */
check_sparse check_pack_sparse(check *c, int32_t encoding, int32_t pattern, double density, bool equal, int32_t rows,
                               int32_t columns, enum check_style style);
void check_release_sparse(check *c, check_sparse *sparse);
const char *check_pattern_name(int32_t pattern);

/* A step whose sequences have random blocks of a cache, each once. */
typedef struct check_step {
    dendra_step_rows step;
    check_memory memory[4];
} check_step;

/* Rows with these positions; `continued` rows follow the row before in one sequence. */
check_step check_step_of(check *c, int32_t rows, const int32_t *positions, const bool *continued, int32_t blocks);
void check_release_step(check *c, check_step *step);

/* The checks: one for each kernel. */
void check_gather(check *c);
void check_rms_norm(check *c);
void check_quantize(check *c);
void check_round_bf16(check *c);
void check_matmul_f32(check *c);
void check_matmul_codes(check *c);
void check_matmul_bf16(check *c);
void check_sparse_f32(check *c);
void check_sparse_codes(check *c);
void check_sparse_bf16(check *c);
void check_add(check *c);
void check_add_bias(check *c);
void check_silu_multiply(check *c);
void check_rope(check *c);
void check_write_kv(check *c);
void check_attention(check *c);
void check_attention_spans(check *c);
void check_merge_spans(check *c);
void check_log_sum_exp(check *c);
void check_arg_max(check *c);
void check_softmax(check *c);

/* Sends jobs that must be refused. */
void check_faults(check *c);

/* What is measured; NULL and 0 mean all. */
typedef struct bench_options {
    const char *kernel;
    const char *encoding;
    const char *pattern; /* NULL: dense matrices alone */
    double density;
    int32_t rows;
    int32_t outputs;
    int32_t inputs;
    int64_t cold_bytes; /* of the ring of weights; 0: twice the last-level cache */
} bench_options;

/* Measures the matrix products and attention with weights, keys and values that are in no cache. */
void bench(const check_tier *tiers, size_t count, const bench_options *options, uint64_t seed);

#endif
