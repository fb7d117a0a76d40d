// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

import dev.dendra.format.DendraFileWriter;
import dev.dendra.format.GgmlDequantizer;
import dev.dendra.format.GgufFile;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.PackedModel;
import dev.dendra.format.PlacedTensor;
import dev.dendra.format.Provenance;
import dev.dendra.format.TensorAllocator;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Packs the tensors of a GGUF file into kernel layout, in memory or into a {@code .dendra} file. Rows keep their order:
 * the query and key rows of GGUF's {@code llama} stay in {@link dev.dendra.kernels.RopeOrder#NORM} order.
 */
public final class ModelConverter {
    /** What made a file, as its manifest has it. */
    public static final String TOOL = "dendra 0.1.0";

    private final MatrixPacker packer;

    /** A converter that uses {@code threads} platform threads, the caller's among them. */
    public ModelConverter(int threads) {
        packer = new MatrixPacker(threads);
    }

    /**
     * Packs a model in memory, in one allocation.
     *
     * @param encoding of every matrix; empty for the one nearest to each tensor's type
     * @throws ModelFormatException if a tensor cannot be packed
     */
    public PackedModel pack(
            GgufFile source, Optional<Encoding> encoding, TensorAllocator allocator, ConversionProgress progress)
            throws ModelFormatException {
        ConversionPlan plan = ConversionPlan.of(source, encoding);
        MemorySegment memory = allocator.allocate(plan.bytes());
        List<PlacedTensor> packed = new ArrayList<>();
        long done = 0;
        long total = sourceBytes(plan);
        for (int i = 0; i < plan.sources().size(); i++) {
            GgufTensor tensor = plan.sources().get(i);
            PlacedTensor target = plan.targets().get(i);
            MemorySegment bytes =
                    memory.asSlice(target.offset(), target.tensor().bytes());
            packed.add(new PlacedTensor(packTensor(source, tensor, target.tensor(), bytes), target.offset()));
            done += tensor.data().byteSize();
            progress.tensorDone(done, total, tensor.name());
        }
        return new PackedModel(source.metadata(), packed, memory);
    }

    /**
     * Packs a model into a {@code .dendra} file, which appears under its name once it is complete. Memory is bounded by
     * the largest tensor.
     *
     * @param encoding of every matrix; empty for the one nearest to each tensor's type
     * @param sourceSha256 digest of the source, kept in the file
     * @throws ModelFormatException if a tensor cannot be packed
     * @throws IOException if the file cannot be written; nothing is left of it
     */
    public void convert(
            GgufFile source, String sourceSha256, Optional<Encoding> encoding, Path target, ConversionProgress progress)
            throws IOException {
        ConversionPlan plan = ConversionPlan.of(source, encoding);
        Provenance provenance = new Provenance(
                String.valueOf(source.path().getFileName()),
                sourceSha256,
                TOOL,
                encoding.map(chosen -> "pack " + chosen.id()).orElse("pack"));
        long done = 0;
        long total = sourceBytes(plan);
        long largest = plan.targets().stream()
                .mapToLong(placed -> placed.tensor().bytes())
                .max()
                .orElse(0);
        try (Arena arena = Arena.ofShared();
                DendraFileWriter writer =
                        DendraFileWriter.create(target, provenance, source.metadata(), plan.targets())) {
            MemorySegment buffer = OffHeap.allocate(arena, largest);
            for (int i = 0; i < plan.sources().size(); i++) {
                GgufTensor tensor = plan.sources().get(i);
                TensorDescription packed = plan.targets().get(i).tensor();
                MemorySegment bytes = buffer.asSlice(0, packed.bytes());
                writer.write(bytes, packTensor(source, tensor, packed, bytes).relativeError());
                done += tensor.data().byteSize();
                progress.tensorDone(done, total, tensor.name());
            }
            writer.commit();
        }
    }

    private static long sourceBytes(ConversionPlan plan) {
        return plan.sources().stream()
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
    }

    /** Packs one tensor, and returns what it became together with the error that it cost. */
    private TensorDescription packTensor(
            GgufFile file, GgufTensor tensor, TensorDescription target, MemorySegment bytes)
            throws ModelFormatException {
        if (!target.isMatrix()) {
            float[] values = new float[target.shape().getFirst()];
            new GgmlDequantizer(tensor).dequantize(0, values);
            MemorySegment.copy(values, 0, bytes, ValueLayout.JAVA_FLOAT, 0, values.length);
            return target;
        }
        try {
            return target.withRelativeError(packer.pack(tensor, target.layout(), bytes));
        } catch (UnrepresentableWeightException unfit) {
            throw ConversionPlan.fault(
                    file, tensor, "cannot become " + target.encoding().id() + ": " + unfit.getMessage());
        }
    }
}
