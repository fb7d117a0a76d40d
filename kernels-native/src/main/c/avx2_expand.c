/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/lines_avx2.h"

#include "vectors/expand.h"

void dendra_expand_panel__avx2(const dendra_weights *w, int64_t panel, uint8_t *image) {
    switch (w->pattern) {
    case DENDRA_UNSTRUCTURED:
        expand_pattern(DENDRA_UNSTRUCTURED, w, panel, image);
        break;
    case DENDRA_QUADS:
        expand_pattern(DENDRA_QUADS, w, panel, image);
        break;
    case DENDRA_LINES:
        expand_pattern(DENDRA_LINES, w, panel, image);
        break;
    default:
        expand_pattern(DENDRA_TILES, w, panel, image);
    }
}
