/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/lines_avx2.h"

#include "vectors/expand.h"

void dendra_expand_panel__avx2(const dendra_weights *w, int64_t panel, uint8_t *image) {
    expand_any(w, panel, image);
}
