/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels behind dispatch.c. A kernel gets a job that was checked; its name is dendra_<operation>__<instruction set>,
 * and it lives in a unit that alone is compiled with that instruction set's flags.
 */
#ifndef DENDRA_INTERNAL_KERNELS_H
#define DENDRA_INTERNAL_KERNELS_H

#include "dendra_kernels.h"

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
    void (*log_sum_exp)(dendra_logits_job *);
    void (*arg_max)(dendra_logits_job *);
    void (*softmax)(const dendra_logits_job *);
} dendra_kernel_table;

#define DENDRA_PANEL_ROWS 16
#define DENDRA_LINE_BYTES 64
#define DENDRA_GROUP 32
#define DENDRA_KV_BLOCK_TOKENS 32

#endif
