// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgufTensor;
import dev.dendra.tensor.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Packs weight matrices into kernel layout. The bytes do not depend on the number of threads. Each thread holds one
 * panel and one row at a time.
 */
public final class MatrixPacker {
    private final ParallelPanels parallel;

    /** A packer that uses {@code threads} platform threads, the caller's among them. */
    public MatrixPacker(int threads) {
        parallel = new ParallelPanels(threads);
    }

    /**
     * Packs a tensor of a GGUF file; codes are kept where the encoding allows it.
     *
     * @param tensor as many rows and columns as {@code layout} says
     * @param destination {@code layout.bytes()} off-heap bytes
     * @return the relative error, see {@link dev.dendra.format.TensorDescription#relativeError}
     * @throws UnrepresentableWeightException if the encoding cannot hold the weights
     */
    public double pack(GgufTensor tensor, PanelLayout layout, MemorySegment destination) {
        if (tensor.rows() != layout.rows() || tensor.columns() != layout.columns()) {
            throw new IllegalArgumentException("tensor '" + tensor.name() + "' of shape " + tensor.shape() + " is not ["
                    + layout.rows() + ", " + layout.columns() + "]");
        }
        if (CodeTransfer.isPossible(tensor.type(), layout.encoding())) {
            return run(() -> CodeTransfer.of(tensor, layout), layout, destination);
        }
        return pack(
                () -> {
                    GgmlDequantizer dequantizer = new GgmlDequantizer(tensor);
                    return dequantizer::dequantize;
                },
                layout,
                destination);
    }

    /**
     * Packs single-precision weights.
     *
     * @param rows makes a reader of the weights for each thread
     * @param destination {@code layout.bytes()} off-heap bytes
     * @return the relative error, see {@link dev.dendra.format.TensorDescription#relativeError}
     * @throws UnrepresentableWeightException if the encoding cannot hold the weights
     */
    public double pack(Supplier<WeightRows> rows, PanelLayout layout, MemorySegment destination) {
        return run(() -> new ValueTransfer(rows.get(), layout), layout, destination);
    }

    private double run(Supplier<RowTransfer> transfers, PanelLayout layout, MemorySegment destination) {
        if (layout.panelBytes() > Integer.MAX_VALUE - 64) {
            throw new UnrepresentableWeightException("a panel of " + layout.panelBytes() + " bytes is too large");
        }
        int panelBytes = (int) layout.panelBytes();
        PackingError[] errors = new PackingError[layout.panels()];
        parallel.run(layout.panels(), () -> {
            RowTransfer transfer = transfers.get();
            byte[] panel = new byte[panelBytes];
            return index -> {
                Arrays.fill(panel, (byte) 0);
                PackingError error = new PackingError();
                int from = index * PanelLayout.PANEL_ROWS;
                int to = Math.min(layout.rows() - from, PanelLayout.PANEL_ROWS);
                for (int row = 0; row < to; row++) {
                    transfer.transfer(from + row, panel, row, error);
                }
                errors[index] = error;
                MemorySegment.copy(panel, 0, destination, ValueLayout.JAVA_BYTE, (long) index * panelBytes, panelBytes);
            };
        });
        // Added up in panel order, so that the sum does not depend on which thread was first.
        PackingError total = new PackingError();
        for (PackingError error : errors) {
            total.add(error);
        }
        return total.relative();
    }
}
