/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast attention is while keys and values come from memory: a cache of so many layers that no processor cache holds
 * it, in huge pages where the system gives them, whose blocks are shuffled; each call works on the next layer. Steps are
 * decode steps of some sequences, and chunks of one prompt. The shape is that of a model of 135 million parameters.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

enum { HEADS = 9, KV_HEADS = 3, DIMENSION = 64, MOST_ROWS = 512 };

/* A step of `sequences`, each with `rows` rows, the last of them at the last of `positions`. */
typedef struct attention_step {
    int32_t sequences;
    int32_t rows;
    int32_t positions;
} attention_step;

/* One layer after the other, ready to run with any kernels. */
typedef struct attention {
    dendra_attention_job job;
    int64_t layer_bytes;
} attention;

static dendra_kv cache_of(int32_t type, int32_t blocks, int64_t cold_bytes) {
    dendra_kv kv = {.layers = 1, .kv_heads = KV_HEADS, .head_dimension = DIMENSION, .blocks = blocks, .type = type};
    kv.layers = (int32_t) (cold_bytes / dendra_kv_bytes(&kv)) + 1;
    kv.data = bench_allocate((size_t) dendra_kv_bytes(&kv));
    /* Bytes that are ordinary numbers of every type. */
    memset(kv.data, 0x3c, (size_t) dendra_kv_bytes(&kv));
    return kv;
}

/* All heads of the next layer, as one thread would do them. */
static void run(void *work, const check_tier *tier) {
    dendra_attention_job *job = &((attention *) work)->job;
    for (job->kv_head = 0; job->kv_head < KV_HEADS; job->kv_head++) {
        tier->kernels.attention(job);
    }
    job->layer = (job->layer + 1) % job->cache.layers;
}

static void measure(check *c, const bench_options *o, const attention_step *s, int32_t type, const check_tier *tiers,
                    size_t count) {
    static const char *const TYPE_NAMES[] = {"f32", "bf16", "int8"};
    int32_t rows = s->sequences * s->rows;
    int32_t positions[MOST_ROWS];
    bool continued[MOST_ROWS];
    for (int32_t row = 0; row < rows; row++) {
        positions[row] = s->positions - s->rows + row % s->rows;
        continued[row] = row % s->rows > 0;
    }
    int32_t blocks = s->sequences * (int32_t) (dendra_padded(s->positions, DENDRA_KV_BLOCK_TOKENS) / DENDRA_KV_BLOCK_TOKENS);
    check_step step = check_step_of(c, rows, positions, continued, blocks);
    check_matrix q = check_random_matrix(c, rows, HEADS * DIMENSION, 1);
    check_matrix y = check_matrix_of(rows, HEADS * DIMENSION);
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    attention a = {.job = {.row_to = rows,
                           .heads = HEADS,
                           .scale = 0.125f,
                           .q = q.floats,
                           .y = y.floats,
                           .cache = cache_of(type, blocks, o->cold_bytes),
                           .step = step.step,
                           .scratch = {scratch.data, (int64_t) scratch.bytes}}};
    double times[BENCH_MOST_TIERS];
    double best[BENCH_MOST_TIERS];
    bench_medians(run, &a, tiers, count, times, best);
    double blocks_read = (double) s->sequences * s->positions / DENDRA_KV_BLOCK_TOKENS;
    double bytes = blocks_read * 2 * KV_HEADS * (double) dendra_kv_piece_bytes(&a.job.cache);
    double products = 0;
    for (int32_t row = 0; row < rows; row++) {
        products += 2.0 * (positions[row] + 1) * HEADS * DIMENSION;
    }
    for (size_t i = 0; i < count; i++) {
        printf("%-10s attention %-4s %2d sequences of %4d  M=%-3d  %9.1f us (best %9.1f)  %8.2f GMAC/s  %7.2f GB/s\n",
               tiers[i].name, TYPE_NAMES[type], s->sequences, s->positions, rows, 1e6 * times[i], 1e6 * best[i],
               1e-9 * products / times[i], 1e-9 * bytes / times[i]);
    }
    fflush(stdout);
    bench_free(a.job.cache.data, (size_t) dendra_kv_bytes(&a.job.cache));
    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &y, "y");
    check_release_matrix(c, &q, "q");
    check_release_step(c, &step);
}

void bench_attention(check *c, const bench_options *o, const check_tier *tiers, size_t count) {
    static const attention_step STEPS[] = {
        {1, 1, 64},  {1, 1, 512},  {1, 1, 4096},  {1, 1, 8192},  {16, 1, 64},  {16, 1, 128},
        {16, 1, 512}, {16, 1, 4096}, {16, 1, 8192}, {1, 256, 256}, {1, 256, 4096},
    };
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        int32_t rows = STEPS[i].sequences * STEPS[i].rows;
        if (o->rows == 0 || o->rows == rows) {
            for (int32_t type = 0; type < DENDRA_KV_TYPE_COUNT; type++) {
                measure(c, o, &STEPS[i], type, tiers, count);
            }
        }
    }
}
