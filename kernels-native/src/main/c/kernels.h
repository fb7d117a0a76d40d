/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels behind dispatch.c. A kernel gets a job that was checked; its name is dendra_<operation>__<instruction set>,
 * and it lives in a unit that alone is compiled with that instruction set's flags.
 */
#ifndef DENDRA_INTERNAL_KERNELS_H
#define DENDRA_INTERNAL_KERNELS_H

#include <stdbool.h>

#include "dendra_kernels.h"

#define DENDRA_PANEL_ROWS 16
#define DENDRA_LINE_BYTES 64
#define DENDRA_GROUP 32
#define DENDRA_KV_BLOCK_TOKENS 32

/* Scratch that every kernel may count on, in bytes: half of the smallest L2 cache of a CPU with AMX. */
#define DENDRA_SCRATCH_BYTES (1 << 20)

/* Room behind it for panels of sparse matrices as dense ones, or for the activations of their live inputs. */
#define DENDRA_IMAGE_BYTES (4 << 20)

/* What a worker brings: both, and a list of live inputs. */
#define DENDRA_WORKER_SCRATCH_BYTES (DENDRA_SCRATCH_BYTES + DENDRA_IMAGE_BYTES + (1 << 17))

/*
 * Writes `quads` quad-lines from `quad` on of a panel of i8 or bf16 in 1x1 or 1x4 as the dense ones that they stand for.
 * Returns where their codes end.
 */
typedef const uint8_t *dendra_expand_quads(const dendra_weights *w, const uint8_t *masks, int64_t quad, int64_t quads,
                                           const uint8_t *codes, uint8_t *lines);

/* Fills in what an instruction set does itself; dispatch.c takes the rest from the one below. */
typedef struct dendra_kernel_table {
    void (*gather)(const dendra_gather_job *);
    void (*rms_norm)(const dendra_rms_norm_job *);
    void (*quantize)(const dendra_quantize_job *);
    void (*round_bf16)(const dendra_round_bf16_job *);
    void (*matmul_f32)(const dendra_matmul_f32_job *);
    void (*matmul_codes)(const dendra_matmul_codes_job *);
    void (*matmul_bf16)(const dendra_matmul_bf16_job *);
    void (*add)(const dendra_add_job *);
    void (*add_bias)(const dendra_add_bias_job *);
    void (*silu_multiply)(const dendra_silu_multiply_job *);
    void (*rope)(const dendra_rope_job *);
    void (*write_kv)(const dendra_write_kv_job *);
    void (*attention)(const dendra_attention_job *);
    void (*attention_spans)(const dendra_attention_spans_job *);
    void (*merge_spans)(const dendra_merge_spans_job *);
    void (*log_sum_exp)(dendra_logits_job *);
    void (*arg_max)(dendra_logits_job *);
    void (*softmax)(const dendra_logits_job *);
    /* Writes a panel of a sparse matrix as the dense one that it stands for. */
    void (*expand_panel)(const dendra_weights *w, int64_t panel, uint8_t *image);
    /* Products with a sparse matrix by a way of the instruction set's own; false if it has none for the job. May be NULL. */
    bool (*matmul_sparse_codes)(const dendra_matmul_codes_job *);
    bool (*matmul_sparse_bf16)(const dendra_matmul_bf16_job *);
    /* Expands a part of a panel, from AVX-512 on. */
    dendra_expand_quads *expand_quads;
    /* The same on tiles, which multiply panels while others are expanded; false if not. NULL below AMX. */
    bool (*matmul_expanding_codes)(const dendra_matmul_codes_job *, dendra_expand_quads *);
    bool (*matmul_expanding_bf16)(const dendra_matmul_bf16_job *, dendra_expand_quads *);
} dendra_kernel_table;

/* Declares the kernels of an instruction set; only those in its table exist. */
#define DENDRA_DECLARE_KERNELS(isa)                                                                                    \
    void dendra_gather__##isa(const dendra_gather_job *job);                                                           \
    void dendra_rms_norm__##isa(const dendra_rms_norm_job *job);                                                       \
    void dendra_quantize__##isa(const dendra_quantize_job *job);                                                       \
    void dendra_round_bf16__##isa(const dendra_round_bf16_job *job);                                                   \
    void dendra_matmul_f32__##isa(const dendra_matmul_f32_job *job);                                                   \
    void dendra_matmul_codes__##isa(const dendra_matmul_codes_job *job);                                               \
    void dendra_matmul_bf16__##isa(const dendra_matmul_bf16_job *job);                                                 \
    void dendra_add__##isa(const dendra_add_job *job);                                                                 \
    void dendra_add_bias__##isa(const dendra_add_bias_job *job);                                                       \
    void dendra_silu_multiply__##isa(const dendra_silu_multiply_job *job);                                             \
    void dendra_rope__##isa(const dendra_rope_job *job);                                                               \
    void dendra_write_kv__##isa(const dendra_write_kv_job *job);                                                       \
    void dendra_attention__##isa(const dendra_attention_job *job);                                                     \
    void dendra_attention_spans__##isa(const dendra_attention_spans_job *job);                                         \
    void dendra_merge_spans__##isa(const dendra_merge_spans_job *job);                                                 \
    void dendra_log_sum_exp__##isa(dendra_logits_job *job);                                                            \
    void dendra_arg_max__##isa(dendra_logits_job *job);                                                                \
    void dendra_softmax__##isa(const dendra_logits_job *job);                                                          \
    void dendra_expand_panel__##isa(const dendra_weights *w, int64_t panel, uint8_t *image);                           \
    bool dendra_matmul_sparse_codes__##isa(const dendra_matmul_codes_job *job);                                        \
    bool dendra_matmul_sparse_bf16__##isa(const dendra_matmul_bf16_job *job);                                          \
    dendra_expand_quads dendra_expand_quads__##isa;                                                                    \
    bool dendra_matmul_expanding_codes__##isa(const dendra_matmul_codes_job *job, dendra_expand_quads *expand_quads);  \
    bool dendra_matmul_expanding_bf16__##isa(const dendra_matmul_bf16_job *job, dendra_expand_quads *expand_quads);

DENDRA_DECLARE_KERNELS(scalar)
DENDRA_DECLARE_KERNELS(avx2)
DENDRA_DECLARE_KERNELS(avx512)
DENDRA_DECLARE_KERNELS(avx512vbmi2)
DENDRA_DECLARE_KERNELS(avx512bf16)
DENDRA_DECLARE_KERNELS(avx512bf16vbmi2)
DENDRA_DECLARE_KERNELS(amx)

/* What the exported operations call for an instruction set and DENDRA_CPU_ bits. */
dendra_kernel_table dendra_kernels_of(int32_t isa, uint32_t extensions);

/*
 * What dendra_detect has found so far; the AMX permission cannot be read from the CPU, and asking the CPU costs
 * microseconds on a virtual machine, so that dispatch does not ask again.
 */
int32_t dendra_found_isa(void);
uint32_t dendra_found_extensions(void);

#endif
