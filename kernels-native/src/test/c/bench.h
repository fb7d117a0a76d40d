/* SPDX-License-Identifier: Apache-2.0 */
/* What the measurements share. */
#ifndef DENDRA_BENCH_H
#define DENDRA_BENCH_H

#include "check.h"

enum { BENCH_MOST_TIERS = 8 };

/* Memory in huge pages where the system gives them. */
void *bench_allocate(size_t bytes);
void bench_free(void *memory, size_t bytes);

/*
 * CPU seconds of a run on each instruction set, the median and the least of several rounds in which they take turns.
 * A kernel that an instruction set lacks is the caller's to leave out.
 */
void bench_medians(void (*run)(void *work, const check_tier *tier), void *work, const check_tier *tiers, size_t count,
                   double *medians, double *best);

/* Measures attention over a cache that is in no cache of the processor. */
void bench_attention(check *c, const bench_options *o, const check_tier *tiers, size_t count);

#endif
