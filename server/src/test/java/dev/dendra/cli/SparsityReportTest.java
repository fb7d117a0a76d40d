// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.ModelMetadata;
import dev.dendra.format.ModelSource;
import dev.dendra.format.Sparsification;
import dev.dendra.format.TensorDescription;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SparsityReportTest {
    private static final List<TensorDescription> TENSORS = List.of(
            new TensorDescription("token_embd.weight", Encoding.I8, List.of(320, 64), "F32", 0),
            sparse("blk.0.attn_q.weight", 64, 64, 0.5),
            sparse("blk.0.attn_k.weight", 64, 64, 0.25),
            sparse("blk.0.ffn_up.weight", 128, 64, 0.75),
            new TensorDescription("output_norm.weight", Encoding.F32, List.of(64), "F32", 0));

    @Test
    void saysHowDenseEachKindOfLayerIs() {
        assertEquals(
                Map.of("embedding", 1.0, "attention", 0.375, "feed_forward", 0.75),
                SparsityReport.densities(model(Optional.empty())));
    }

    @Test
    void aMuchWorseModelIsServedOnlyToThoseWhoAcceptIt() {
        CommandFailure refused = assertThrows(
                CommandFailure.class, () -> SparsityReport.requireAccepted(model(Optional.of(quality(16))), false));
        assertTrue(refused.toString().contains("1.60 times"), refused::toString);
        assertTrue(refused.toString().contains("--accept-quality-loss"), refused::toString);
        assertDoesNotThrow(() -> SparsityReport.requireAccepted(model(Optional.of(quality(16))), true));
        assertDoesNotThrow(() -> SparsityReport.requireAccepted(model(Optional.of(quality(15))), false));
        assertDoesNotThrow(() -> SparsityReport.requireAccepted(model(Optional.empty()), false));
    }

    @Test
    void namesWhatWasMeasuredOrThatNothingWas() {
        assertTrue(SparsityReport.describe(sparsification(Optional.of(quality(11))))
                .endsWith("perplexity 11.00, 1.100 times the 10.00 of its source (literature, 99 tokens)"));
        assertTrue(SparsityReport.describe(sparsification(Optional.empty())).contains("was not measured"));
    }

    @Test
    void aSummaryKeepsPatternsApart() {
        WeightSummary summary = WeightSummary.of(model(Optional.empty()));
        assertEquals("i8+i8-1x4", summary.encodings());
        assertTrue(summary.describe().contains("i8 1x4 at 56.3 %"), summary::describe);
    }

    private static Sparsification.Quality quality(double perplexity) {
        return new Sparsification.Quality("literature", "c".repeat(64), 99, 10, perplexity);
    }

    private static Sparsification sparsification(Optional<Sparsification.Quality> quality) {
        return new Sparsification("wanda", Pattern.QUADS, 0.5, 0.5, "text", "b".repeat(64), quality);
    }

    private static TensorDescription sparse(String name, int rows, int columns, double density) {
        long bytes = new SparseLayout(new PanelLayout(Encoding.I8, rows, columns), Pattern.QUADS).leastBytes();
        return new TensorDescription(
                name, Encoding.I8, Pattern.QUADS, density, List.of(rows, columns), bytes, "F32", 0);
    }

    private static ModelSource model(Optional<Sparsification.Quality> quality) {
        return new ModelSource() {
            @Override
            public ModelMetadata metadata() {
                throw new UnsupportedOperationException();
            }

            @Override
            public Collection<TensorDescription> tensors() {
                return TENSORS;
            }

            @Override
            public boolean contains(String name) {
                return TENSORS.stream().anyMatch(tensor -> tensor.name().equals(name));
            }

            @Override
            public PackedMatrix matrix(String name) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Optional<MemorySegment> vector(String name) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Optional<Sparsification> sparsification() {
                return Optional.of(SparsityReportTest.sparsification(quality));
            }

            @Override
            public long weightBytes() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }
}
