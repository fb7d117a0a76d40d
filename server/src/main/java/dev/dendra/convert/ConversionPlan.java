// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.GgufFile;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What becomes of each tensor of a GGUF file: one-dimensional tensors become vectors in single precision, the others
 * matrices in kernel layout.
 *
 * @param sources the tensors, in file order
 * @param targets what they become, in the same order
 */
record ConversionPlan(List<GgufTensor> sources, List<PlacedTensor> targets) {

    static ConversionPlan of(GgufFile file, Optional<Encoding> encoding) throws ModelFormatException {
        List<GgufTensor> sources = List.copyOf(file.tensors());
        List<TensorDescription> targets = new ArrayList<>();
        for (GgufTensor source : sources) {
            try {
                targets.add(target(source, encoding));
            } catch (IllegalArgumentException | ArithmeticException unfit) {
                throw fault(file, source, "shape " + source.shape() + " cannot be packed: " + unfit.getMessage());
            }
        }
        try {
            return new ConversionPlan(sources, PlacedTensor.inSequence(targets));
        } catch (ArithmeticException overflow) {
            throw new ModelFormatException(file.path().toString(), -1, "tensors", "are too large to be packed");
        }
    }

    private static TensorDescription target(GgufTensor source, Optional<Encoding> encoding) {
        int columns = Math.toIntExact(source.columns());
        String type = source.type().name();
        return switch (source.shape().size()) {
            case 1 -> new TensorDescription(source.name(), Encoding.F32, List.of(columns), type, 0);
            case 2 -> {
                int rows = Math.toIntExact(source.rows());
                Encoding target = encoding.isPresent() ? encoding.get() : EncodingChoice.of(source);
                TensorDescription matrix =
                        new TensorDescription(source.name(), target, List.of(rows, columns), type, 0);
                matrix.bytes();
                yield matrix;
            }
            default -> throw new IllegalArgumentException("only vectors and matrices can");
        };
    }

    /** Bytes of all targets, each aligned. */
    long bytes() {
        return PlacedTensor.extent(targets);
    }

    static ModelFormatException fault(GgufFile file, GgufTensor tensor, String problem) {
        return new ModelFormatException(
                file.path().toString(), tensor.offset(), "tensor '" + tensor.name() + "'", problem);
    }
}
