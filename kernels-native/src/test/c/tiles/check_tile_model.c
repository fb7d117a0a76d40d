/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the tile instructions: signs, partial tiles and pairs against sums by hand, and each fault in a child. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../emulated/tile_model.h"

typedef struct config {
    uint8_t palette, start_row, reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
} config;

static int wrong = 0;

static void expect(int condition, const char *what) {
    if (!condition) {
        printf("tile model: wrong: %s\n", what);
        wrong = 1;
    }
}

/* Tile 0: 2 x 3 sums, tile 1: 2 x 4 bytes or 2 pairs, tile 2: 1 x 3 columns. */
static config small(void) {
    config c = {.palette = 1, .rows = {2, 2, 1}, .column_bytes = {12, 4, 12}};
    return c;
}

static void check_signs(void) {
    static const uint8_t LEFT[2][4] = {{255, 1, 2, 3}, {128, 0, 0, 0}};
    static const uint8_t RIGHT[3][4] = {{255, 1, 1, 1}, {2, 255, 0, 0}, {128, 0, 0, 0}};
    static const int32_t EXPECTED[4][2][3] = {
        /* unsigned x unsigned, unsigned x signed, signed x unsigned, signed x signed */
        {{65025 + 6, 510 + 255, 32640}, {32640, 256, 16384}},
        {{-255 + 6, 510 - 1, -32640}, {-128, 256, -16384}},
        {{-255 + 6, -2 + 255, -128}, {-32640, -256, -16384}},
        {{1 + 6, -2 - 1, 128}, {128, -256, 16384}},
    };
    for (int form = 0; form < 4; form++) {
        config c = small();
        int32_t sums[2][3] = {{0}};
        _tile_loadconfig(&c);
        _tile_zero(0);
        _tile_loadd(1, LEFT, 4);
        _tile_loadd(2, RIGHT, 12);
        tile_model_dot_bytes(0, 1, 2, form >> 1, form & 1);
        _tile_stored(0, sums, 12);
        expect(memcmp(sums, EXPECTED[form], sizeof sums) == 0, "products of bytes");
        _tile_release();
    }
}

static void check_pairs(void) {
    config c = small();
    static const uint16_t LEFT[2][2] = {{0x3f80, 0x4000}, {0xbf80, 0x0001}};              /* 1, 2; -1, denormal */
    static const uint16_t RIGHT[3][2] = {{0x4040, 0x4080}, {0x3f80, 0x7f80}, {0, 0}};     /* 3, 4; 1, infinity; 0, 0 */
    float sums[2][3] = {{100, 0, 1}, {0, 0, 0}};
    _tile_loadconfig(&c);
    _tile_loadd(0, sums, 12);
    _tile_loadd(1, LEFT, 4);
    _tile_loadd(2, RIGHT, 12);
    _tile_dpbf16ps(0, 1, 2);
    _tile_stored(0, sums, 12);
    expect(sums[0][0] == 111 && sums[0][1] > 1e38f && sums[0][2] == 1, "products of pairs");
    expect(sums[1][0] == -3 && sums[1][1] != sums[1][1], "a denormal input is zero"); /* 0 * infinity */
    _tile_release();
}

static void unconfigured(void) { _tile_zero(0); }

static void palette_0(void) {
    config c = small();
    c.palette = 0;
    _tile_loadconfig(&c);
}

static void rows_without_columns(void) {
    config c = small();
    c.column_bytes[1] = 0;
    _tile_loadconfig(&c);
}

static void no_rows(void) {
    config c = small();
    c.rows[1] = 0;
    _tile_loadconfig(&c);
}

static void tile_without_rows(void) {
    config c = small();
    _tile_loadconfig(&c);
    _tile_zero(3);
}

static void too_many_rows(void) {
    config c = small();
    c.rows[0] = 17;
    _tile_loadconfig(&c);
}

static void wrong_depth(void) {
    config c = small();
    c.rows[2] = 2;
    _tile_loadconfig(&c);
    _tile_dpbssd(0, 1, 2);
}

static void same_tile(void) {
    config c = small();
    _tile_loadconfig(&c);
    _tile_dpbssd(0, 1, 1);
}

static void released(void) {
    config c = small();
    _tile_loadconfig(&c);
    _tile_release();
    _tile_zero(0);
}

static void check_fault(void (*cause)(void), const char *what) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        cause();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    expect(WIFSIGNALED(status), what);
}

int main(void) {
    check_signs();
    check_pairs();
    check_fault(unconfigured, "tiles that are not configured must fault");
    check_fault(palette_0, "palette 0 must fault");
    check_fault(rows_without_columns, "rows without columns must fault");
    check_fault(no_rows, "a row count of 0 must fault");
    check_fault(tile_without_rows, "a tile without rows must fault");
    check_fault(too_many_rows, "17 rows must fault");
    check_fault(wrong_depth, "a product of tiles that do not fit must fault");
    check_fault(same_tile, "a product with the same tile twice must fault");
    check_fault(released, "released tiles must fault");
    if (!wrong) {
        printf("tile model: ok\n");
    }
    return wrong;
}
