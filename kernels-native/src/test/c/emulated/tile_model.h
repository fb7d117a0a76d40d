/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tile instructions of AMX in plain C, under the names of their intrinsics; source: Intel SDM volume 2, LDTILECFG to
 * TDPBUUD, and volume 1, chapter 18. What would be a fault on the CPU ends the process with a message, and so does a
 * configuration of palette 0, which the CPU takes as TILERELEASE.
 */
#ifndef DENDRA_TILE_MODEL_H
#define DENDRA_TILE_MODEL_H

#include <stddef.h>

void tile_model_loadconfig(const void *config);
void tile_model_storeconfig(void *config);
void tile_model_release(void);
void tile_model_zero(int tile);
void tile_model_load(int tile, const void *base, ptrdiff_t stride);
void tile_model_store(int tile, void *base, ptrdiff_t stride);

/* sums += left * right in groups of four bytes; a side is signed or not. */
void tile_model_dot_bytes(int sums, int left, int right, int left_is_signed, int right_is_signed);

/* sums += left * right in pairs of bfloat16. */
void tile_model_dot_bf16(int sums, int left, int right);

#define _tile_loadconfig(config) tile_model_loadconfig(config)
#define _tile_storeconfig(config) tile_model_storeconfig(config)
#define _tile_release() tile_model_release()
#define _tile_zero(tile) tile_model_zero(tile)
#define _tile_loadd(tile, base, stride) tile_model_load(tile, base, (ptrdiff_t) (stride))
#define _tile_stream_loadd(tile, base, stride) tile_model_load(tile, base, (ptrdiff_t) (stride))
#define _tile_stored(tile, base, stride) tile_model_store(tile, base, (ptrdiff_t) (stride))
#define _tile_dpbssd(sums, left, right) tile_model_dot_bytes(sums, left, right, 1, 1)
#define _tile_dpbsud(sums, left, right) tile_model_dot_bytes(sums, left, right, 1, 0)
#define _tile_dpbusd(sums, left, right) tile_model_dot_bytes(sums, left, right, 0, 1)
#define _tile_dpbuud(sums, left, right) tile_model_dot_bytes(sums, left, right, 0, 0)
#define _tile_dpbf16ps(sums, left, right) tile_model_dot_bf16(sums, left, right)

#endif
