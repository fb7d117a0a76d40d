// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/** Encoding f32: weights as they are. */
final class FloatRowPacker extends RowPacker {

    FloatRowPacker(PanelLayout layout) {
        super(layout);
    }

    @Override
    double pack(float[] values, byte[] panel, int row) {
        for (int k = 0; k < columns; k++) {
            putFloat(panel, codesAt(row, k), values[k]);
        }
        return 0;
    }
}
