// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.tensor.PanelLayout;

/** Codes single-precision weights afresh. */
final class ValueTransfer implements RowTransfer {
    private final WeightRows rows;
    private final RowPacker packer;
    private final float[] values;

    ValueTransfer(WeightRows rows, PanelLayout layout) {
        this.rows = rows;
        this.packer = RowPacker.of(layout);
        this.values = new float[layout.columns()];
    }

    @Override
    public void transfer(int row, byte[] panel, int panelRow, PackingError error) {
        rows.read(row, values);
        double squares = 0;
        for (int k = 0; k < values.length; k++) {
            float value = values[k];
            if (!Float.isFinite(value)) {
                throw new UnrepresentableWeightException("weight [" + row + ", " + k + "] is " + value);
            }
            squares += (double) value * value;
        }
        error.squaredWeights += squares;
        error.squaredDifferences += packer.pack(values, panel, panelRow);
    }
}
