/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DENDRA_VECTORS_UNROLL_H
#define DENDRA_VECTORS_UNROLL_H

/* Before a loop of constant length over registers, which can only stay registers once it is unrolled. */
#if defined(UNROLLED)
/* The compiler's command line knows better, as where registers are emulated. */
#elif defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 64")
#endif

/* For a function whose arguments decide how many registers it uses. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Turns a run-time number into a constant. */
#define CASE(n, call)                                                                                                  \
    case n:                                                                                                            \
        call;                                                                                                          \
        break

#endif
