// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.TensorDescription;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Prints packed tensors as a table: encoding, pattern, shape, bytes and what packing cost. */
final class TensorTable {
    private TensorTable() {}

    static void print(Collection<TensorDescription> tensors, PrintWriter out) {
        int width = tensors.stream()
                .mapToInt(tensor -> tensor.name().length())
                .max()
                .orElse(0);
        String row = "  %-" + Math.max(width, 6) + "s  %-8s %-7s %7s %-6s %14s %12s  %s%n";
        out.printf(
                Locale.ROOT,
                row,
                "TENSOR",
                "ENCODING",
                "PATTERN",
                "DENSITY",
                "FROM",
                "SHAPE",
                "BYTES",
                "RELATIVE ERROR");
        for (TensorDescription tensor : tensors) {
            out.printf(
                    Locale.ROOT,
                    row,
                    tensor.name(),
                    tensor.encoding().id(),
                    tensor.pattern().id(),
                    String.format(Locale.ROOT, "%.3f", tensor.density()),
                    tensor.sourceType(),
                    shape(tensor.shape()),
                    tensor.bytes(),
                    tensor.relativeError() == 0 ? "0" : String.format(Locale.ROOT, "%.2e", tensor.relativeError()));
        }
        long bytes = tensors.stream().mapToLong(TensorDescription::bytes).sum();
        double worst = tensors.stream()
                .mapToDouble(TensorDescription::relativeError)
                .max()
                .orElse(0);
        out.printf(
                Locale.ROOT,
                "  %d tensors, %s; largest relative error %.2e%n",
                tensors.size(),
                ByteSize.text(bytes),
                worst);
    }

    private static String shape(List<Integer> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }
}
