/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the kernels of every instruction set that this CPU has with the scalar ones; the idea is that of dav1d's
 * checkasm. Exit status: 0 if all agree, 1 if one does not, 2 for a wrong call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char USAGE[] =
    "usage: checkkernels [--isa scalar|avx2|avx512|avx512vbmi2|avx512bf16|amx] [--kernel NAME] [--seed N] [--quick]\n"
    "                    [--part I/N]\n"
    "       checkkernels --bench [--isa NAME] [--kernel NAME] [--encoding NAME] [--rows M] [--shape NxK] [--cold MIB]\n"
    "           [--pattern 1x1|1x4|16x4|16x64|all] [--density D]\n";

typedef struct kernel {
    const char *name;
    void (*run)(check *c);
    size_t place; /* in dendra_kernel_table; of the dense product for those that several kernels make */
    bool composed;
} kernel;

#define KERNEL(name) {#name, check_##name, offsetof(dendra_kernel_table, name), false}
#define SPARSE(name) {"sparse_" #name, check_sparse_##name, offsetof(dendra_kernel_table, matmul_##name), true}

static const kernel KERNELS[] = {
    KERNEL(gather),          KERNEL(rms_norm),        KERNEL(quantize),
    KERNEL(round_bf16),      KERNEL(matmul_f32),      KERNEL(add),
    KERNEL(matmul_codes),    KERNEL(matmul_bf16),     KERNEL(add_bias),
    KERNEL(rope),            KERNEL(silu_multiply),   KERNEL(write_kv),
    KERNEL(attention),       KERNEL(attention_spans), KERNEL(merge_spans),
    KERNEL(arg_max),         KERNEL(log_sum_exp),     KERNEL(softmax),
    SPARSE(f32),             SPARSE(codes),           SPARSE(bf16),
};

enum { KERNEL_COUNT = sizeof KERNELS / sizeof KERNELS[0], MOST_TIERS = 6 };

typedef struct options {
    const char *isa;    /* NULL: all */
    const char *kernel; /* NULL: all */
    uint64_t seed;
    bool quick;
    unsigned part;  /* of so many parts, the checks that this run has: every parts-th one */
    unsigned parts;
    bool bench;
    bench_options measured;
} options;

static void refuse_call(void) {
    fputs(USAGE, stderr);
    exit(2);
}

static bool is_kernel(const char *name) {
    for (size_t i = 0; i < KERNEL_COUNT; i++) {
        if (strcmp(name, KERNELS[i].name) == 0) {
            return true;
        }
    }
    return strcmp(name, "faults") == 0;
}

static void parse_value(options *o, const char *name, const char *value) {
    if (strcmp(name, "--isa") == 0) {
        o->isa = value;
    } else if (strcmp(name, "--kernel") == 0 && is_kernel(value)) {
        o->kernel = value;
    } else if (strcmp(name, "--seed") == 0) {
        o->seed = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--encoding") == 0) {
        o->measured.encoding = value;
    } else if (strcmp(name, "--pattern") == 0) {
        o->measured.pattern = value;
    } else if (strcmp(name, "--density") == 0) {
        o->measured.density = strtod(value, NULL);
    } else if (strcmp(name, "--rows") == 0) {
        o->measured.rows = (int32_t) strtol(value, NULL, 10);
    } else if (strcmp(name, "--cold") == 0) {
        o->measured.cold_bytes = strtoll(value, NULL, 10) << 20;
    } else if (strcmp(name, "--part") == 0 && sscanf(value, "%u/%u", &o->part, &o->parts) == 2 && o->part < o->parts) {
        return;
    } else if (strcmp(name, "--shape") != 0
               || sscanf(value, "%dx%d", &o->measured.outputs, &o->measured.inputs) != 2) {
        refuse_call();
    }
}

static options parse(int count, char **arguments) {
    options o = {.seed = 1, .parts = 1, .measured = {.density = 0.5, .outputs = 1536, .inputs = 576}};
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--quick") == 0) {
            o.quick = true;
        } else if (strcmp(arguments[i], "--bench") == 0) {
            o.bench = true;
        } else if (i + 1 < count) {
            parse_value(&o, arguments[i], arguments[i + 1]);
            i++;
        } else {
            refuse_call();
        }
    }
    o.measured.kernel = o.kernel;
    return o;
}

static bool is_chosen(const char *wanted, const char *name) { return wanted == NULL || strcmp(wanted, name) == 0; }

/* The scalar kernels are compared with themselves too: that shows that the checks themselves hold. */
static const check_tier NAMES[MOST_TIERS] = {
    {.name = "scalar", .isa = DENDRA_ISA_SCALAR},
    {.name = "avx2", .isa = DENDRA_ISA_AVX2},
    {.name = "avx512", .isa = DENDRA_ISA_AVX512},
    {.name = "avx512vbmi2", .isa = DENDRA_ISA_AVX512, .extensions = DENDRA_CPU_AVX512_VBMI2},
    {.name = "avx512bf16", .isa = DENDRA_ISA_AVX512, .extensions = DENDRA_CPU_AVX512_VBMI2 | DENDRA_CPU_AVX512_BF16},
    {.name = "amx", .isa = DENDRA_ISA_AMX, .extensions = DENDRA_CPU_AVX512_VBMI2 | DENDRA_CPU_AVX512_BF16},
};

/* Those that run here, and why the others do not. */
static size_t find_tiers(const options *o, check_tier *tiers) {
    dendra_cpu cpu;
    dendra_detect(DENDRA_ISA_AMX, &cpu);
    size_t count = 0;
    bool known = false;
    for (size_t i = 0; i < MOST_TIERS; i++) {
        check_tier tier = NAMES[i];
        if (!is_chosen(o->isa, tier.name)) {
            continue;
        }
        known = true;
        if (o->bench && o->isa == NULL && tier.isa == DENDRA_ISA_SCALAR) {
            continue; /* takes minutes, and nobody waits for it */
        }
        if (tier.isa > cpu.isa) {
            printf("%-11s skipped: %s\n", tier.name, cpu.reason[tier.isa]);
        } else if (tier.isa < DENDRA_ISA_AMX && (tier.extensions & ~cpu.extensions)) {
            uint32_t lacking = tier.extensions & ~cpu.extensions;
            const char *name = lacking & DENDRA_CPU_AVX512_VBMI2 ? "AVX512_VBMI2" : "AVX512_BF16";
            printf("%-11s skipped: the CPU has no %s\n", tier.name, name);
        } else {
            tier.kernels = dendra_kernels_of(tier.isa, tier.extensions);
            if (i > 0) {
                tier.below = dendra_kernels_of(NAMES[i - 1].isa, NAMES[i - 1].extensions);
            }
            tiers[count++] = tier;
        }
    }
    if (!known) {
        refuse_call();
    }
    return count;
}

static bool is_missing(const check_tier *tier, const kernel *k) {
    const char *own = (const char *) &tier->kernels + k->place;
    const char *below = (const char *) &tier->below + k->place;
    if (k->composed
        && (tier->kernels.expand_panel != tier->below.expand_panel
            || tier->kernels.matmul_sparse_codes != tier->below.matmul_sparse_codes
            || tier->kernels.matmul_sparse_bf16 != tier->below.matmul_sparse_bf16)) {
        return false;
    }
    return memcmp(own, below, sizeof(void (*)(void))) == 0;
}

static int report(const check *c, const char *name) {
    printf("%-11s %-15s %5d cases  ", c->tier->name, name, c->cases);
    if (c->failures > 0) {
        printf("%d FAILED\n", c->failures);
    } else {
        puts("ok");
    }
    fflush(stdout);
    return c->failures;
}

/* Which kernels an instruction set takes from the one below. */
static void report_missing(const check_tier *tier) {
    int missing = 0;
    for (size_t j = 0; j < KERNEL_COUNT; j++) {
        if (is_missing(tier, &KERNELS[j])) {
            if (missing++ == 0) {
                printf("%-11s takes from below:", tier->name);
            }
            printf(" %s", KERNELS[j].name);
        }
    }
    if (missing > 0) {
        putchar('\n');
    }
}

static int run_checks(const options *o, const check_tier *tiers, size_t count) {
    int failures = 0;
    dendra_kernel_table reference = dendra_kernels_of(DENDRA_ISA_SCALAR, 0);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < KERNEL_COUNT; j++) {
            if (!is_chosen(o->kernel, KERNELS[j].name) || j % o->parts != o->part || is_missing(&tiers[i], &KERNELS[j])) {
                continue;
            }
            check c = {.tier = &tiers[i], .reference = reference, .random = o->seed, .quick = o->quick};
            KERNELS[j].run(&c);
            failures += report(&c, KERNELS[j].name);
        }
        report_missing(&tiers[i]);
    }
    if (is_chosen(o->kernel, "faults") && KERNEL_COUNT % o->parts == o->part) {
        check c = {.tier = &NAMES[0], .reference = reference, .random = o->seed};
        check_faults(&c);
        failures += report(&c, "faults");
    }
    return failures;
}

int main(int count, char **arguments) {
    options o = parse(count, arguments);
    check_tier tiers[MOST_TIERS];
    size_t found = find_tiers(&o, tiers);
    if (o.bench) {
        bench(tiers, found, &o.measured, o.seed);
        return 0;
    }
    int failures = run_checks(&o, tiers, found);
    printf(failures == 0 ? "checkkernels: ok (seed %llu)\n" : "checkkernels: FAILED (seed %llu)\n",
           (unsigned long long) o.seed);
    return failures == 0 ? 0 : 1;
}
