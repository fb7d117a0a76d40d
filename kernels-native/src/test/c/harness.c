/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { CANARY = 0xa5, PATTERN = 0x5b };

uint64_t check_random(check *c) {
    c->random += 0x9e3779b97f4a7c15u;
    uint64_t z = c->random;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t check_random_between(check *c, int64_t least, int64_t most) {
    return least + (int64_t) (check_random(c) % (uint64_t) (most - least + 1));
}

float check_random_float(check *c, float magnitude) {
    return ((float) (check_random(c) >> 40) * 0x1p-23f - 1) * magnitude;
}

int32_t check_pick(check *c, const int32_t *numbers, size_t count) {
    return numbers[check_random_between(c, 0, (int64_t) count - 1)];
}

static void out_of_memory(void) {
    fputs("out of memory\n", stderr);
    exit(2);
}

check_memory check_allocate(size_t bytes) {
    check_memory memory = {.bytes = bytes};
#if defined(SANITIZED)
    if (posix_memalign(&memory.data, DENDRA_ALIGNMENT, bytes) != 0) {
        out_of_memory();
    }
#else
    size_t page = (size_t) sysconf(_SC_PAGESIZE);
    size_t lines = (bytes + DENDRA_ALIGNMENT - 1) / DENDRA_ALIGNMENT * DENDRA_ALIGNMENT;
    size_t inner = (lines + DENDRA_ALIGNMENT + page - 1) / page * page;
    memory.mapped = inner + page;
    memory.mapping = mmap(NULL, memory.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory.mapping == MAP_FAILED || mprotect((char *) memory.mapping + inner, page, PROT_NONE) != 0) {
        out_of_memory();
    }
    memset(memory.mapping, CANARY, inner);
    memory.data = (char *) memory.mapping + inner - lines;
#endif
    memset(memory.data, PATTERN, bytes);
    return memory;
}

static bool is_filled(const uint8_t *from, const uint8_t *to) {
    for (; from < to; from++) {
        if (*from != CANARY) {
            return false;
        }
    }
    return true;
}

void check_release(check *c, check_memory *memory, const char *what) {
#if defined(SANITIZED)
    (void) c;
    (void) what;
    (void) is_filled;
    free(memory->data);
#else
    size_t page = (size_t) sysconf(_SC_PAGESIZE);
    const uint8_t *data = memory->data;
    const uint8_t *end = (const uint8_t *) memory->mapping + memory->mapped - page;
    if (!is_filled(memory->mapping, data)) {
        check_fail(c, "%s: written before its begin", what);
    }
    if (!is_filled(data + memory->bytes, end)) {
        check_fail(c, "%s: written behind its end", what);
    }
    munmap(memory->mapping, memory->mapped);
#endif
}

void check_begin(check *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->label, sizeof c->label, format, arguments);
    va_end(arguments);
    c->failed = false;
    c->cases++;
}

void check_fail(check *c, const char *format, ...) {
    if (c->failed) {
        return;
    }
    c->failed = true;
    c->failures++;
    if (c->failures > 8) {
        return; /* enough to see a pattern */
    }
    printf("FAILED %s %s: ", c->tier->name, c->label);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

bool check_same(float a, float b) { return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0; }

bool check_close(float a, float b, double bound) {
    if (isnan(a) || isnan(b)) {
        return isnan(a) && isnan(b);
    }
    return a == b || (isfinite(a) && isfinite(b) && fabs((double) a - b) <= bound);
}

void check_same_bytes(check *c, const char *what, const void *expected, const void *actual, size_t bytes) {
    const uint8_t *e = expected;
    const uint8_t *a = actual;
    for (size_t i = 0; i < bytes; i++) {
        if (e[i] != a[i]) {
            check_fail(c, "%s: byte %zu of %zu is %02x, expected %02x", what, i, bytes, a[i], e[i]);
            return;
        }
    }
}

check_matrix check_matrix_of(int32_t rows, int32_t columns) {
    int32_t stride = (int32_t) dendra_padded_columns(columns);
    check_memory memory = check_allocate((size_t) rows * stride * sizeof(float));
    check_matrix matrix = {{memory.data, rows, columns, stride, 0}, memory};
    for (int64_t row = 0; row < rows; row++) {
        memset(check_at(&matrix.floats, row, columns), 0, (size_t) (stride - columns) * sizeof(float));
    }
    return matrix;
}

check_matrix check_random_matrix(check *c, int32_t rows, int32_t columns, float magnitude) {
    check_matrix matrix = check_matrix_of(rows, columns);
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) {
            *check_at(&matrix.floats, row, column) = check_random_float(c, magnitude);
        }
    }
    return matrix;
}

check_matrix check_copy(const check_matrix *matrix) {
    check_matrix copy = check_matrix_of(matrix->floats.rows, matrix->floats.columns);
    memcpy(copy.floats.data, matrix->floats.data, matrix->memory.bytes);
    return copy;
}

void check_release_matrix(check *c, check_matrix *matrix, const char *what) {
    check_release(c, &matrix->memory, what);
}
