/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may run here. Sources: Intel SDM volume 1, 13.2 (XCR0) and volume 2, CPUID; Linux Documentation/arch/x86/xstate.rst
 * (permission for AMX).
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

static _Atomic int32_t found_isa = DENDRA_ISA_SCALAR;
static _Atomic uint32_t found_extensions = 0;

int32_t dendra_found_isa(void) { return atomic_load_explicit(&found_isa, memory_order_relaxed); }

uint32_t dendra_found_extensions(void) { return atomic_load_explicit(&found_extensions, memory_order_relaxed); }

static void explain(dendra_cpu *cpu, int32_t isa, const char *reason) {
    if (cpu->reason[isa][0] == 0) {
        snprintf(cpu->reason[isa], sizeof cpu->reason[isa], "%s", reason);
    }
}

#if defined(__x86_64__)

enum { EBX = 1, ECX = 2, EDX = 3, EAX = 0 };

/* A bit of CPUID leaf 1, or of leaf 7, by subleaf. */
typedef struct feature {
    int32_t isa;
    const char *name;
    uint32_t leaf;
    uint32_t subleaf;
    int32_t output;
    int32_t bit;
} feature;

static const feature REQUIRED[] = {
    {DENDRA_ISA_AVX2, "AVX", 1, 0, ECX, 28},
    {DENDRA_ISA_AVX2, "FMA", 1, 0, ECX, 12},
    {DENDRA_ISA_AVX2, "F16C", 1, 0, ECX, 29},
    {DENDRA_ISA_AVX2, "AVX2", 7, 0, EBX, 5},
    {DENDRA_ISA_AVX512, "AVX512F", 7, 0, EBX, 16},
    {DENDRA_ISA_AVX512, "AVX512DQ", 7, 0, EBX, 17},
    {DENDRA_ISA_AVX512, "AVX512BW", 7, 0, EBX, 30},
    {DENDRA_ISA_AVX512, "AVX512VL", 7, 0, EBX, 31},
    {DENDRA_ISA_AVX512, "AVX512_VNNI", 7, 0, ECX, 11},
    {DENDRA_ISA_AMX, "AMX_TILE", 7, 0, EDX, 24},
    {DENDRA_ISA_AMX, "AMX_INT8", 7, 0, EDX, 25},
    {DENDRA_ISA_AMX, "AMX_BF16", 7, 0, EDX, 22},
    {DENDRA_ISA_AMX, "AVX512_BF16", 7, 1, EAX, 5},
};

/* Parts of XCR0 that the operating system must have enabled, so that it saves the registers. */
static const struct {
    int32_t isa;
    uint64_t mask;
    const char *reason;
} SAVED[] = {
    {DENDRA_ISA_AVX2, 0x6, "the operating system does not save AVX registers (XCR0)"},
    {DENDRA_ISA_AVX512, 0xe6, "the operating system does not save AVX-512 registers (XCR0)"},
    {DENDRA_ISA_AMX, 0x60000, "the operating system does not save AMX tiles (XCR0)"},
};

static bool has(uint32_t leaf, uint32_t subleaf, int32_t output, int32_t bit) {
    uint32_t registers[4] = {0, 0, 0, 0};
    if (!__get_cpuid_count(leaf, subleaf, &registers[0], &registers[1], &registers[2], &registers[3])) {
        return false;
    }
    return registers[output] >> bit & 1;
}

static uint64_t saved_state(void) {
    if (!has(1, 0, ECX, 27)) {
        return 0; /* no XSAVE, or not enabled: XGETBV is not there */
    }
    uint32_t low;
    uint32_t high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t) high << 32 | low;
}

/* Linux saves tiles only for processes that have asked (ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA). */
static void ask_for_tiles(dendra_cpu *cpu) {
#if defined(__linux__)
    if (syscall(SYS_arch_prctl, 0x1023, 18) != 0) {
        int code = errno;
        char reason[sizeof cpu->reason[0]];
        snprintf(reason, sizeof reason, "Linux refused the permission to use AMX: %s", strerror(code));
        explain(cpu, DENDRA_ISA_AMX, reason);
    }
#else
    explain(cpu, DENDRA_ISA_AMX, "only Linux is known to grant the use of AMX");
#endif
}

static void explain_lacks(dendra_cpu *cpu) {
    for (size_t i = 0; i < sizeof REQUIRED / sizeof REQUIRED[0]; i++) {
        const feature *f = &REQUIRED[i];
        if (!has(f->leaf, f->subleaf, f->output, f->bit)) {
            char reason[sizeof cpu->reason[0]];
            snprintf(reason, sizeof reason, "the CPU has no %s", f->name);
            explain(cpu, f->isa, reason);
        }
    }
    uint64_t saved = saved_state();
    for (size_t i = 0; i < sizeof SAVED / sizeof SAVED[0]; i++) {
        if ((saved & SAVED[i].mask) != SAVED[i].mask) {
            explain(cpu, SAVED[i].isa, SAVED[i].reason);
        }
    }
}

static uint32_t extensions(void) {
    return (has(7, 1, EAX, 5) ? DENDRA_CPU_AVX512_BF16 : 0) | (has(7, 0, ECX, 1) ? DENDRA_CPU_AVX512_VBMI : 0)
           | (has(7, 0, ECX, 6) ? DENDRA_CPU_AVX512_VBMI2 : 0);
}

#else

static void ask_for_tiles(dendra_cpu *cpu) { (void) cpu; }

static void explain_lacks(dendra_cpu *cpu) {
    for (int32_t isa = DENDRA_ISA_AVX2; isa < DENDRA_ISA_COUNT; isa++) {
        explain(cpu, isa, "this is not an x86-64 CPU");
    }
}

static uint32_t extensions(void) { return 0; }

#endif

static void explain_compiler(dendra_cpu *cpu) {
    const char *reason = "the compiler of this library did not know the instruction set";
#if !defined(DENDRA_HAVE_AVX2)
    explain(cpu, DENDRA_ISA_AVX2, reason);
#endif
#if !defined(DENDRA_HAVE_AVX512)
    explain(cpu, DENDRA_ISA_AVX512, reason);
#endif
#if !defined(DENDRA_HAVE_AMX)
    explain(cpu, DENDRA_ISA_AMX, reason);
#endif
    (void) cpu;
    (void) reason;
}

static void raise_found(int32_t isa, uint32_t bits) {
    int32_t before = dendra_found_isa();
    while (before < isa && !atomic_compare_exchange_weak(&found_isa, &before, isa)) {
    }
    atomic_fetch_or(&found_extensions, bits);
}

int32_t dendra_detect(int32_t max_isa, dendra_cpu *cpu) {
    if (cpu == NULL) {
        return DENDRA_NULL_POINTER;
    }
    if (max_isa < DENDRA_ISA_SCALAR) {
        return DENDRA_UNSUPPORTED;
    }
    memset(cpu, 0, sizeof *cpu);
    explain_lacks(cpu);
    explain_compiler(cpu);
    static const char *const NAMES[DENDRA_ISA_COUNT] = {"scalar", "avx2", "avx512", "amx"};
    for (int32_t isa = DENDRA_ISA_AVX2; isa < DENDRA_ISA_COUNT; isa++) {
        char reason[sizeof cpu->reason[0]];
        if (isa > max_isa) {
            snprintf(reason, sizeof reason, "capped at %s", NAMES[max_isa]);
            explain(cpu, isa, reason);
        } else if (cpu->isa < isa - 1) {
            snprintf(reason, sizeof reason, "needs %s, which may not run", NAMES[isa - 1]);
            explain(cpu, isa, reason);
        } else if (isa == DENDRA_ISA_AMX && cpu->reason[isa][0] == 0) {
            ask_for_tiles(cpu);
        }
        if (cpu->reason[isa][0] == 0) {
            cpu->isa = isa;
        }
    }
    cpu->extensions = cpu->isa >= DENDRA_ISA_AVX512 ? extensions() : 0;
    raise_found(cpu->isa, cpu->extensions);
    return DENDRA_OK;
}
