/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products with int8 and int16 activations on AMX, bit for bit those of the scalar kernels.
 *
 * i8: tiles take in all of K, then one scale finishes each sum. Groups of 32: a product of half a tile's depth gives the
 * exact sums of a group, which wait in scratch to be folded into y by AVX-512, several groups in one go so that y is read
 * and written once for all of them.
 */
#include "amx_tiles.h"
#include "layout.h"

enum {
    CHANNEL_STEP = 64, /* inputs of a product for i8 */
    GROUP_LINES = 8,   /* int8 lines of a panel that hold a group */
    M_BLOCK = 512,
    K_BLOCK = 512, /* at most, for groups */
    GROUPS = K_BLOCK / DENDRA_GROUP,
    FOLDED = 4, /* groups that are folded in one go */
};

/* What the kernels for groups keep in a worker's scratch. */
typedef struct group_scratch {
    int8_t codes[2][GROUPS][GROUP_LINES][DENDRA_LINE_BYTES]; /* of two panels, where theirs are packed closer */
    float scales[2][GROUPS][DENDRA_PANEL_ROWS];
    float minima[2][GROUPS][DENDRA_PANEL_ROWS];
    int32_t dots[2][FOLDED][2][BLOCK_ROWS][DENDRA_PANEL_ROWS]; /* [plane][group][panel] */
    float sums[M_BLOCK][GROUPS];
    uint8_t packed[2][M_BLOCK * K_BLOCK]; /* [plane] */
} group_scratch;
_Static_assert(sizeof(group_scratch) <= DENDRA_SCRATCH_BYTES, "scratch holds what the kernels for groups keep");

/* Some rows of a job, and some of its inputs. */
typedef struct block {
    const dendra_matmul_codes_job *job;
    group_scratch *scratch;
    int planes;
    int row_from, row_to;
    int k_from, k_to;
} block;

static int planes(const dendra_matmul_codes_job *job) { return job->x.low_codes == NULL ? 1 : 2; }

/*
 * Exact sums of up to 32 rows times one or two panels over `steps` products, put at `dots`, [panel][32][16]. Rows are
 * `x_stride` bytes apart, and steps `x_step`; those of a panel follow one another.
 */
ALWAYS_INLINE void multiply(const uint8_t *x, size_t x_stride, size_t x_step, int a_tiles, const uint8_t *const panels[2],
                            int b_tiles, size_t panel_step, int steps, int32_t *dots) {
    _tile_zero(C00);
    if (b_tiles == 2) {
        _tile_zero(C01);
    }
    if (a_tiles == 2) {
        _tile_zero(C10);
    }
    if (a_tiles == 2 && b_tiles == 2) {
        _tile_zero(C11);
    }
    for (int i = 0; i < steps; i++) {
        const uint8_t *a = x + (size_t) i * x_step;
        _tile_loadd(B0, panels[0] + (size_t) i * panel_step, DENDRA_LINE_BYTES);
        _tile_stream_loadd(A0, a, x_stride);
        _tile_dpbssd(C00, A0, B0);
        if (b_tiles == 2) {
            _tile_loadd(B1, panels[1] + (size_t) i * panel_step, DENDRA_LINE_BYTES);
            _tile_dpbssd(C01, A0, B1);
        }
        if (a_tiles == 2) {
            _tile_stream_loadd(A1, a + TILE_ROWS * x_stride, x_stride);
            _tile_dpbssd(C10, A1, B0);
            if (b_tiles == 2) {
                _tile_dpbssd(C11, A1, B1);
            }
        }
    }
    int32_t *second = dots + BLOCK_ROWS * DENDRA_PANEL_ROWS;
    _tile_stored(C00, dots, DENDRA_LINE_BYTES);
    if (b_tiles == 2) {
        _tile_stored(C01, second, DENDRA_LINE_BYTES);
    }
    if (a_tiles == 2) {
        _tile_stored(C10, dots + TILE_ROWS * DENDRA_PANEL_ROWS, DENDRA_LINE_BYTES);
    }
    if (a_tiles == 2 && b_tiles == 2) {
        _tile_stored(C11, second + TILE_ROWS * DENDRA_PANEL_ROWS, DENDRA_LINE_BYTES);
    }
}
