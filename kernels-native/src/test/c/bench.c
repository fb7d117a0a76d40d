/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast matrix products are while the weights come from memory: a ring of copies that no cache holds, in huge pages
 * where the system gives them; activations stay in cache, as in a server. Time is the thread's CPU time, the instruction
 * sets take turns, and of the rounds the median counts.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "sparse.h"

enum { ROUNDS = 7, MOST_ROWS = 512 };

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

void *bench_allocate(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void bench_free(void *memory, size_t bytes) { munmap(memory, bytes); }

/* CPU seconds of one run, from as many as take a while. */
static double seconds(void (*run)(void *, const check_tier *), void *work, const check_tier *tier) {
    double start = cpu_seconds();
    double end;
    int runs = 0;
    do {
        run(work, tier);
        runs++;
        end = cpu_seconds();
    } while (end - start < 0.02);
    return (end - start) / runs;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static void sort(double *times) { qsort(times, ROUNDS, sizeof *times, by_size); }

void bench_medians(void (*run)(void *work, const check_tier *tier), void *work, const check_tier *tiers, size_t count,
                   double *medians, double *best) {
    double times[BENCH_MOST_TIERS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            times[i][round] = seconds(run, work, &tiers[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        sort(times[i]);
        medians[i] = times[i][ROUNDS / 2];
        best[i] = times[i][0];
    }
}

/* The medians of two kinds of runs that take turns; `turn` says whose it is. */
static void bench_turns(void (*run)(void *, const check_tier *), void *work, bool *turn, const check_tier *tier,
                        double medians[2]) {
    double times[2][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
            *turn = i == 1;
            times[i][round] = seconds(run, work, tier);
        }
    }
    for (int i = 0; i < 2; i++) {
        sort(times[i]);
        medians[i] = times[i][ROUNDS / 2];
    }
}

/* Copies of weights, one after the other. */
typedef struct ring {
    char *data;
    size_t bytes;
    size_t copy_bytes;
    size_t copies;
    size_t next;
} ring;

static ring ring_of(const check_memory *weights, int64_t cold_bytes) {
    ring r = {.copy_bytes = weights->bytes};
    r.copies = (size_t) cold_bytes / r.copy_bytes + 1;
    r.bytes = r.copies * r.copy_bytes;
    r.data = bench_allocate(r.bytes);
    for (size_t i = 0; i < r.copies; i++) {
        memcpy(r.data + i * r.copy_bytes, weights->data, r.copy_bytes);
    }
    return r;
}

static const void *next_copy(ring *r) {
    const char *copy = r->data + r->next * r->copy_bytes;
    r->next = (r->next + 1) % r->copies;
    return copy;
}

enum product_kernel { MATMUL_F32, MATMUL_CODES, MATMUL_BF16 };

static const char *const NAMES[] = {"matmul_f32", "matmul_codes", "matmul_bf16"};

/* One product, ready to run with any kernels. */
typedef struct product {
    enum product_kernel kernel;
    int32_t rows;
    dendra_weights w;
    ring *weights;
    union {
        dendra_matmul_f32_job f32;
        dendra_matmul_codes_job codes;
        dendra_matmul_bf16_job bf16;
    } job;
} product;

static void run(void *work, const check_tier *tier) {
    product *p = work;
    const void *weights = next_copy(p->weights);
    const bool sparse = p->w.pattern != DENDRA_DENSE;
    if (p->kernel == MATMUL_F32) {
        p->job.f32.isa = tier->isa;
        p->job.f32.w.data = weights;
        sparse ? dendra_sparse_matmul_f32(&tier->kernels, &p->job.f32) : tier->kernels.matmul_f32(&p->job.f32);
    } else if (p->kernel == MATMUL_CODES) {
        p->job.codes.isa = tier->isa;
        p->job.codes.w.data = weights;
        sparse ? dendra_sparse_matmul_codes(&tier->kernels, &p->job.codes) : tier->kernels.matmul_codes(&p->job.codes);
    } else {
        p->job.bf16.isa = tier->isa;
        p->job.bf16.w.data = weights;
        sparse ? dendra_sparse_matmul_bf16(&tier->kernels, &p->job.bf16) : tier->kernels.matmul_bf16(&p->job.bf16);
    }
}

/* Whether the kernel is that of another instruction set, below. */
static bool is_borrowed(const product *p, const check_tier *tier) {
    if (p->kernel == MATMUL_F32) {
        return tier->kernels.matmul_f32 == tier->below.matmul_f32;
    }
    if (p->kernel == MATMUL_CODES) {
        return tier->kernels.matmul_codes == tier->below.matmul_codes;
    }
    return tier->kernels.matmul_bf16 == tier->below.matmul_bf16;
}

/* Whether a sparse product is made otherwise than by the instruction set below. */
static bool is_sparse_own(const check_tier *tier) {
    return tier->kernels.expand_panel != tier->below.expand_panel
           || tier->kernels.matmul_sparse_codes != tier->below.matmul_sparse_codes;
}

static void print_product(const product *p, const char *activations, const char *isa, double time) {
    double products = (double) p->rows * p->w.rows * p->w.columns;
    printf("%-11s %-12s %-5s %-5s %-4s M=%-3d N=%d K=%d  %9.1f us  %8.2f GMAC/s  %7.2f GB/s", isa, NAMES[p->kernel],
           check_encoding_name(p->w.encoding), check_pattern_name(p->w.pattern), activations, p->rows, p->w.rows,
           p->w.columns, 1e6 * time, 1e-9 * products / time, 1e-9 * (double) p->weights->copy_bytes / time);
}

static void measure(product *p, const char *activations, const check_tier *tiers, size_t count) {
    check_tier own[BENCH_MOST_TIERS] = {0};
    size_t owned = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_borrowed(p, &tiers[i])) {
            own[owned++] = tiers[i];
        }
    }
    double times[BENCH_MOST_TIERS];
    double best[BENCH_MOST_TIERS];
    bench_medians(run, p, own, owned, times, best);
    for (size_t i = 0; i < owned; i++) {
        print_product(p, activations, own[i].name, times[i]);
        putchar('\n');
    }
    fflush(stdout);
}

/* A dense product and the sparse one, of which each instruction set makes one after the other. */
typedef struct pair {
    product dense;
    product sparse;
    bool turn; /* the sparse one's */
} pair;

static void run_pair(void *work, const check_tier *tier) {
    pair *p = work;
    run(p->turn ? &p->sparse : &p->dense, tier);
}

static void compare(pair *p, const char *activations, const check_tier *tiers, size_t count) {
    const double bytes = (double) p->sparse.weights->copy_bytes / (double) p->dense.weights->copy_bytes;
    for (size_t i = 0; i < count; i++) {
        if (is_borrowed(&p->dense, &tiers[i]) && !is_sparse_own(&tiers[i])) {
            continue;
        }
        double times[2];
        bench_turns(run_pair, p, &p->turn, &tiers[i], times);
        print_product(&p->sparse, activations, tiers[i].name, times[1]);
        printf("  dense %9.1f us  time %5.2f  bytes %5.2f\n", 1e6 * times[0], times[1] / times[0], bytes);
    }
    fflush(stdout);
}

/* Activations of every kind for MOST_ROWS rows; their values do not matter for the time, as long as none is special. */
typedef struct activations {
    dendra_floats floats;
    dendra_bfloats bfloats;
    dendra_codes codes;
    check_memory memory[7];
} activations;

static activations activations_of(check *c, int32_t columns) {
    int32_t stride = (int32_t) dendra_padded_columns(columns);
    size_t elements = (size_t) MOST_ROWS * (size_t) stride;
    size_t bytes[7] = {elements * 4, elements * 2, elements, elements, elements / 8, elements / 8, elements / 8};
    activations a = {.floats = {NULL, MOST_ROWS, columns, stride, 0}, .bfloats = {NULL, MOST_ROWS, columns, stride, 0}};
    for (int i = 0; i < 7; i++) {
        a.memory[i] = check_allocate(bytes[i]);
        memset(a.memory[i].data, 0, bytes[i]);
    }
    a.floats.data = a.memory[0].data;
    a.bfloats.data = a.memory[1].data;
    a.codes = (dendra_codes) {.codes = a.memory[2].data,
                              .scales = a.memory[4].data,
                              .sums = a.memory[5].data,
                              .rows = MOST_ROWS,
                              .columns = columns,
                              .stride = stride};
    for (size_t i = 0; i < elements; i++) {
        a.floats.data[i] = check_random_float(c, 1);
        a.bfloats.data[i] = (uint16_t) (0x3f00 | (check_random(c) & 0x807f));
        a.codes.codes[i] = (int8_t) check_random_between(c, -127, 127);
        ((int8_t *) a.memory[3].data)[i] = (int8_t) check_random_between(c, -128, 127);
    }
    for (size_t i = 0; i < elements / DENDRA_GROUP; i++) {
        a.codes.scales[i] = 0.01f;
    }
    return a;
}

static bool is_wanted(const bench_options *o, enum product_kernel kernel) {
    return o->kernel == NULL || strcmp(o->kernel, NAMES[kernel]) == 0;
}

/* A product of the kind, with weights from a ring. */
static product product_of(enum product_kernel kernel, const dendra_weights *w, ring *weights, const activations *a,
                          bool planes, int32_t rows, const dendra_floats *y, dendra_scratch s) {
    const int32_t panels = (int32_t) dendra_panels(w);
    product p = {.kernel = kernel, .rows = rows, .w = *w, .weights = weights};
    if (kernel == MATMUL_F32) {
        p.job.f32 = (dendra_matmul_f32_job) {0, rows, 0, panels, *w, a->floats, *y, s};
    } else if (kernel == MATMUL_BF16) {
        p.job.bf16 = (dendra_matmul_bf16_job) {0, rows, 0, panels, 5, 0, *w, a->bfloats, *y, s};
    } else {
        dendra_codes codes = a->codes;
        codes.group = w->encoding == DENDRA_I8 ? 0 : DENDRA_GROUP;
        codes.low_codes = planes ? a->memory[3].data : NULL;
        codes.low_sums = planes ? a->memory[6].data : NULL;
        p.job.codes = (dendra_matmul_codes_job) {0, rows, 0, panels, 5, 0, *w, codes, *y, s};
    }
    return p;
}

/* The products that there are, by kernel and activations. */
static const struct {
    enum product_kernel kernel;
    const char *activations;
    bool planes;
    int32_t least_encoding;
} PRODUCTS[] = {
    {MATMUL_F32, "f32", false, DENDRA_F32},
    {MATMUL_CODES, "i8", false, DENDRA_I8},
    {MATMUL_CODES, "i16", true, DENDRA_I8},
    {MATMUL_BF16, "bf16", false, DENDRA_F32},
};

enum { PRODUCT_COUNT = sizeof PRODUCTS / sizeof PRODUCTS[0] };

static bool is_wanted_product(const bench_options *o, int i, int32_t encoding) {
    return is_wanted(o, PRODUCTS[i].kernel) && encoding >= PRODUCTS[i].least_encoding;
}

static void measure_encoding(check *c, const bench_options *o, const activations *a, int32_t encoding,
                             const check_tier *tiers, size_t count, int32_t rows) {
    check_packed w = check_pack(c, encoding, o->outputs, o->inputs, CHECK_ORDINARY);
    check_matrix y = check_matrix_of(rows, o->outputs);
    check_memory scratch = check_allocate(DENDRA_SCRATCH_BYTES);
    dendra_scratch s = {scratch.data, (int64_t) scratch.bytes};
    ring r = ring_of(&w.memory, o->cold_bytes);
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        if (is_wanted_product(o, i, encoding)) {
            product p = product_of(PRODUCTS[i].kernel, &w.w, &r, a, PRODUCTS[i].planes, rows, &y.floats, s);
            measure(&p, PRODUCTS[i].activations, tiers, count);
        }
    }
    bench_free(r.data, r.bytes);
    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &y, "y");
    check_release_packed(c, &w);
}

/* A sparse matrix beside the dense one that it stands for. */
static void measure_pattern(check *c, const bench_options *o, const activations *a, int32_t encoding, int32_t pattern,
                            const check_tier *tiers, size_t count, int32_t rows) {
    check_sparse w =
        check_pack_sparse(c, encoding, pattern, o->density, true, o->outputs, o->inputs, CHECK_ORDINARY);
    check_matrix y = check_matrix_of(rows, o->outputs);
    check_memory scratch = check_allocate(DENDRA_WORKER_SCRATCH_BYTES);
    dendra_scratch s = {scratch.data, (int64_t) scratch.bytes};
    ring dense = ring_of(&w.dense.memory, o->cold_bytes);
    ring sparse = ring_of(&w.memory, o->cold_bytes);
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        if (is_wanted_product(o, i, encoding)) {
            const bool planes = PRODUCTS[i].planes;
            pair p = {product_of(PRODUCTS[i].kernel, &w.dense.w, &dense, a, planes, rows, &y.floats, s),
                      product_of(PRODUCTS[i].kernel, &w.w, &sparse, a, planes, rows, &y.floats, s), false};
            compare(&p, PRODUCTS[i].activations, tiers, count);
        }
    }
    bench_free(sparse.data, sparse.bytes);
    bench_free(dense.data, dense.bytes);
    check_release(c, &scratch, "scratch");
    check_release_matrix(c, &y, "y");
    check_release_sparse(c, &w);
}

static void measure_patterns(check *c, const bench_options *o, const activations *a, int32_t encoding,
                             const check_tier *tiers, size_t count, int32_t rows) {
    for (int32_t pattern = DENDRA_UNSTRUCTURED; pattern < DENDRA_PATTERN_COUNT; pattern++) {
        bool wanted = strcmp(o->pattern, "all") == 0 || strcmp(o->pattern, check_pattern_name(pattern)) == 0;
        if (wanted && encoding != DENDRA_F32) {
            measure_pattern(c, o, a, encoding, pattern, tiers, count, rows);
        }
    }
}

/* Twice the last-level cache, if that is known and the memory allows it. */
static int64_t default_cold_bytes(void) {
    int64_t cache = 0;
#if defined(_SC_LEVEL3_CACHE_SIZE)
    cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
#endif
    int64_t wanted = 2 * cache > 256 << 20 ? 2 * cache : 256 << 20;
    int64_t memory = (int64_t) sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 8;
    return wanted < memory ? wanted : memory;
}

/* What a thread reads from memory with plain loads, for comparison. */
static void measure_reading(check *c, int64_t bytes) {
    check_packed w = check_pack(c, DENDRA_I8, 1024, 1024, CHECK_ORDINARY);
    ring r = ring_of(&w.memory, bytes);
    double times[ROUNDS];
    uint64_t total = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        uint64_t sums[8] = {0};
        for (const uint64_t *p = (const uint64_t *) r.data; p < (const uint64_t *) (r.data + r.bytes); p += 8) {
            for (int i = 0; i < 8; i++) {
                sums[i] += p[i];
            }
        }
        for (int i = 0; i < 8; i++) {
            total += sums[i];
        }
        times[round] = cpu_seconds() - start;
    }
    __asm__ volatile("" ::"r"(total)); /* it is wanted */
    sort(times);
    printf("reading %zu MiB on one thread: %.2f GB/s\n", r.bytes >> 20, 1e-9 * (double) r.bytes / times[ROUNDS / 2]);
    bench_free(r.data, r.bytes);
    check_release_packed(c, &w);
}

static void bench_products(check *c, const bench_options *o, const check_tier *tiers, size_t count) {
    static const int32_t ROWS[] = {1, 4, 16, 64, 512};
    activations a = activations_of(c, o->inputs);
    for (int32_t encoding = 0; encoding < DENDRA_ENCODING_COUNT; encoding++) {
        if (o->encoding != NULL && strcmp(o->encoding, check_encoding_name(encoding)) != 0) {
            continue;
        }
        for (size_t i = 0; i < (o->rows == 0 ? sizeof ROWS / sizeof ROWS[0] : 1); i++) {
            const int32_t rows = o->rows == 0 ? ROWS[i] : o->rows;
            if (o->pattern == NULL) {
                measure_encoding(c, o, &a, encoding, tiers, count, rows);
            } else {
                measure_patterns(c, o, &a, encoding, tiers, count, rows);
            }
        }
    }
    for (int i = 0; i < 7; i++) {
        check_release(c, &a.memory[i], "activations");
    }
}

void bench(const check_tier *tiers, size_t count, const bench_options *options, uint64_t seed) {
    if (count == 0) {
        return;
    }
    check c = {.tier = tiers, .random = seed};
    bench_options o = *options;
    if (o.cold_bytes == 0) {
        o.cold_bytes = default_cold_bytes();
    }
    measure_reading(&c, o.cold_bytes);
    if (o.kernel == NULL || strcmp(o.kernel, "attention") != 0) {
        bench_products(&c, &o, tiers, count);
    }
    if (o.kernel == NULL || strcmp(o.kernel, "attention") == 0) {
        bench_attention(&c, &o, tiers, count);
    }
}
