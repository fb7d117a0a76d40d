/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the tile instructions: signs, partial tiles and pairs against sums by hand, and each fault in a child. */
#include <signal.h>
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

static void dpbuud(void) { _tile_dpbuud(0, 1, 2); }

static void dpbusd(void) { _tile_dpbusd(0, 1, 2); }

static void dpbsud(void) { _tile_dpbsud(0, 1, 2); }

static void dpbssd(void) { _tile_dpbssd(0, 1, 2); }

static void check_signs(void) {
    static const uint8_t LEFT[2][4] = {{255, 1, 2, 3}, {128, 0, 0, 0}};
    static const uint8_t RIGHT[3][4] = {{255, 1, 1, 1}, {2, 255, 0, 0}, {128, 0, 0, 0}};
    /* The second row of sums is the left tile's single product plus what was there before. */
    static const struct {
        void (*product)(void);
        int32_t expected[2][3];
    } FORMS[4] = {
        {dpbuud, {{65025 + 6, 510 + 255, 32640}, {32640 + 7, 256, 16384}}},
        {dpbusd, {{-255 + 6, 510 - 1, -32640}, {-128 + 7, 256, -16384}}},
        {dpbsud, {{-255 + 6, -2 + 255, -128}, {-32640 + 7, -256, -16384}}},
        {dpbssd, {{1 + 6, -2 - 1, 128}, {128 + 7, -256, 16384}}},
    };
    for (int form = 0; form < 4; form++) {
        config c = small();
        int32_t sums[2][3] = {{0, 0, 0}, {7, 0, 0}};
        _tile_loadconfig(&c);
        _tile_loadd(0, sums, 12);
        _tile_loadd(1, LEFT, 4);
        _tile_loadd(2, RIGHT, 12);
        FORMS[form].product();
        _tile_stored(0, sums, 12);
        expect(memcmp(sums, FORMS[form].expected, sizeof sums) == 0, "products of bytes");
        _tile_release();
    }
}

/* Sums beyond 32 bits wrap. */
static void check_wrap(void) {
    config c = small();
    static const uint8_t ONES[2][4] = {{1, 0, 0, 0}, {1, 0, 0, 0}}, RIGHT[3][4] = {{1}, {0}, {0}};
    int32_t sums[2][3] = {{INT32_MAX, 0, 0}, {0, 0, 0}};
    _tile_loadconfig(&c);
    _tile_loadd(0, sums, 12);
    _tile_loadd(1, ONES, 4);
    _tile_loadd(2, RIGHT, 12);
    _tile_dpbssd(0, 1, 2);
    _tile_stored(0, sums, 12);
    expect(sums[0][0] == INT32_MIN && sums[1][0] == 1, "sums wrap");
    _tile_release();
}

/* A tile takes from memory, and gives back, its rows and columns and nothing else, at any stride. */
static void check_partial_tiles(void) {
    config c = {.palette = 1, .rows = {3, 16}, .column_bytes = {5, 64}}, stored;
    uint8_t from[3][20], to[4][20];
    for (int i = 0; i < 60; i++) {
        from[i / 20][i % 20] = (uint8_t) (i + 1);
    }
    memset(to, 0xee, sizeof to);
    _tile_loadconfig(&c);
    _tile_loadd(0, from, 20);
    _tile_stored(0, to, 20);
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 20; column++) {
            int inside = row < 3 && column < 5;
            expect(to[row][column] == (inside ? from[row][column] : 0xee), "bytes of a partial tile");
        }
    }
    uint8_t whole[16][64];
    memset(whole, 0xee, sizeof whole);
    _tile_zero(1);
    _tile_stored(1, whole, 64);
    for (int i = 0; i < 1024; i++) {
        expect(whole[i / 64][i % 64] == 0, "a tile is zeroed");
    }
    _tile_storeconfig(&stored);
    expect(memcmp(&stored, &c, sizeof c) == 0, "the configuration is read back");
    _tile_release();
    _tile_storeconfig(&stored);
    expect(stored.palette == 0 && stored.rows[1] == 0, "a release leaves no configuration");
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

/* ---- Faults: a configuration that is not one, and instructions that do not fit the configuration. ---- */

static void load(config c) { _tile_loadconfig(&c); }

static void palette_0(void) { load((config){.palette = 0}); }

static void palette_2(void) { load((config){.palette = 2}); }

static void start_row(void) { load((config){.palette = 1, .start_row = 1}); }

static void reserved(void) { load((config){.palette = 1, .reserved = {[13] = 1}}); }

static void no_rows(void) { load((config){.palette = 1, .rows = {2, 0}, .column_bytes = {12, 4}}); }

static void no_columns(void) { load((config){.palette = 1, .rows = {2, 2}, .column_bytes = {12, 0}}); }

static void too_many_rows(void) { load((config){.palette = 1, .rows = {17}, .column_bytes = {64}}); }

static void too_many_bytes(void) { load((config){.palette = 1, .rows = {16}, .column_bytes = {65}}); }

static void ninth_tile(void) { load((config){.palette = 1, .rows = {[8] = 1}, .column_bytes = {[8] = 4}}); }

static uint8_t memory[1024];

static void unconfigured_zero(void) { _tile_zero(0); }

static void unconfigured_load(void) { _tile_loadd(0, memory, 64); }

static void unconfigured_stream_load(void) { _tile_stream_loadd(0, memory, 64); }

static void unconfigured_store(void) { _tile_stored(0, memory, 64); }

static void unconfigured_bytes(void) { _tile_dpbssd(0, 1, 2); }

static void unconfigured_pairs(void) { _tile_dpbf16ps(0, 1, 2); }

static void released(void) {
    load(small());
    _tile_release();
    _tile_zero(0);
}

static void tile_without_rows(void) {
    load(small());
    _tile_zero(3);
}

static void operand_without_rows(void) {
    load(small());
    _tile_dpbssd(0, 1, 3);
}

static void no_such_tile(void) {
    load(small());
    _tile_zero(8);
}

static void same_tile(void) {
    load(small());
    _tile_dpbssd(0, 1, 1);
}

static void sums_among_operands(void) {
    load(small());
    _tile_dpbf16ps(0, 0, 2);
}

static void half_a_lane(void) {
    config c = small();
    c.column_bytes[0] = c.column_bytes[2] = 10;
    load(c);
    _tile_dpbssd(0, 1, 2);
}

static void other_rows(void) {
    config c = small();
    c.rows[1] = 1;
    load(c);
    _tile_dpbssd(0, 1, 2);
}

static void other_columns(void) {
    config c = small();
    c.column_bytes[2] = 8;
    load(c);
    _tile_dpbssd(0, 1, 2);
}

static void other_depth(void) {
    config c = small();
    c.rows[2] = 2;
    load(c);
    _tile_dpbf16ps(0, 1, 2);
}

static const struct {
    void (*cause)(void);
    const char *reason;
} FAULTS[] = {
    {palette_0, "LDTILECFG: palette 0"},
    {palette_2, "LDTILECFG: unknown palette"},
    {start_row, "LDTILECFG: start row is not 0"},
    {reserved, "LDTILECFG: reserved bytes are not 0"},
    {no_rows, "LDTILECFG: a tile with columns but no rows"},
    {no_columns, "LDTILECFG: a tile with rows but no columns"},
    {too_many_rows, "LDTILECFG: a tile has at most 16 rows of 64 bytes"},
    {too_many_bytes, "LDTILECFG: a tile has at most 16 rows of 64 bytes"},
    {ninth_tile, "LDTILECFG: palette 1 has 8 tiles"},
    {unconfigured_zero, "TILEZERO: tiles are not configured"},
    {unconfigured_load, "TILELOADD: tiles are not configured"},
    {unconfigured_stream_load, "TILELOADD: tiles are not configured"},
    {unconfigured_store, "TILESTORED: tiles are not configured"},
    {unconfigured_bytes, "TDPB..D: tiles are not configured"},
    {unconfigured_pairs, "TDPBF16PS: tiles are not configured"},
    {released, "TILEZERO: tiles are not configured"},
    {tile_without_rows, "TILEZERO: the tile has no rows"},
    {operand_without_rows, "TDPB..D: the tile has no rows"},
    {no_such_tile, "TILEZERO: no such tile"},
    {same_tile, "TDPB..D: the same tile twice"},
    {sums_among_operands, "TDPBF16PS: the same tile twice"},
    {half_a_lane, "TDPB..D: half a lane"},
    {other_rows, "TDPB..D: the sums and the left tile differ in rows"},
    {other_columns, "TDPB..D: the sums and the right tile differ in columns"},
    {other_depth, "TDPBF16PS: the columns of the left tile are not the rows of the right one"},
};

/* The process must end by SIGABRT, with the reason. */
static void check_fault(void (*cause)(void), const char *reason) {
    int ends[2];
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(2);
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        cause();
        _exit(0);
    }
    close(ends[1]);
    char message[200] = "";
    size_t length = 0;
    ssize_t count;
    while ((count = read(ends[0], message + length, sizeof message - 1 - length)) > 0) {
        length += (size_t) count;
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || strstr(message, reason) == NULL) {
        printf("tile model: wrong: no fault '%s', but '%s'\n", reason, message);
        wrong = 1;
    }
}

int main(void) {
    check_signs();
    check_wrap();
    check_partial_tiles();
    check_pairs();
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        check_fault(FAULTS[i].cause, FAULTS[i].reason);
    }
    if (!wrong) {
        printf("tile model: ok\n");
    }
    return wrong;
}
