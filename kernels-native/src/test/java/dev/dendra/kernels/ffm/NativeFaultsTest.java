// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelException;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.StepRows;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.FloatMatrix;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import dev.dendra.tensor.QuantizedMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs that the library refuses: the error names operation and member, and nothing was written. */
class NativeFaultsTest {
    private static final byte CANARY = 0x5a;

    private final Arena arena = Arena.ofConfined();
    private Kernels kernels;
    private PackedMatrix w;
    private FloatMatrix x;
    private FloatMatrix y;
    private MemorySegment scratch;

    @BeforeEach
    void smallProduct() throws IOException {
        NativeLibrary library = NativeLibrary.open(BuiltLibrary.locator());
        kernels = new NativeKernels(library, library.detect(NativeTier.AMX).tier(), TileThresholds.BUILT_IN);
        w = weights(Encoding.U4G32, 32, 64);
        x = FloatMatrix.allocate(arena, 2, 64);
        y = FloatMatrix.allocate(arena, 2, 32);
        y.segment().fill(CANARY);
        scratch = OffHeap.allocate(arena, kernels.scratchBytes());
    }

    @AfterEach
    void close() {
        if (kernels != null) {
            kernels.close();
        }
        arena.close();
    }

    @Test
    void aPanelThatIsNotThere() {
        assertRefused("dendra_matmul_f32: panel_to ", () -> kernels.matmul(w, x, y, 2, 0, 3, scratch));
    }

    @Test
    void moreRowsThanTheMatrixHas() {
        assertRefused("dendra_matmul_f32: x.rows ", () -> kernels.matmul(w, x, y, 3, 0, 2, scratch));
    }

    @Test
    void activationsOfAnotherWidth() {
        FloatMatrix other = FloatMatrix.allocate(arena, 2, 65);

        assertRefused("dendra_matmul_f32: x.columns ", () -> kernels.matmul(w, other, y, 2, 0, 2, scratch));
    }

    @Test
    void scratchThatIsTooSmallOrMisaligned() {
        assertRefused(
                "dendra_matmul_f32: scratch.bytes ",
                () -> kernels.matmul(w, x, y, 2, 0, 2, scratch.asSlice(0, kernels.scratchBytes() - 64)));
        MemorySegment larger = OffHeap.allocate(arena, kernels.scratchBytes() + 64);
        assertRefused("dendra_matmul_f32: scratch.data ", () -> kernels.matmul(w, x, y, 2, 0, 2, larger.asSlice(4)));
    }

    @Test
    void codesOfAnotherGroup() {
        QuantizedMatrix codes = QuantizedMatrix.allocate(arena, ActivationPrecision.I8, 2, 64, 0);

        assertRefused("dendra_matmul_codes: x.group ", () -> kernels.matmul(w, codes, y, 2, 0, 2, scratch));
    }

    @Test
    void weightsWithoutAnIntegerProduct() {
        PackedMatrix floats = weights(Encoding.F32, 32, 64);
        QuantizedMatrix codes = QuantizedMatrix.allocate(arena, ActivationPrecision.I8, 2, 64, 32);

        assertRefused("dendra_matmul_codes: w.encoding ", () -> kernels.matmul(floats, codes, y, 2, 0, 2, scratch));
    }

    @Test
    void aSparseTable() {
        PackedMatrix sparse = new PackedMatrix("w", w.layout(), Pattern.QUADS, w.segment());
        StepRows rows = new StepRows(arena, 2, 1);
        rows.setRow(0, 31, 0, 0);
        FloatMatrix gathered = FloatMatrix.allocate(arena, 2, 64);

        assertRefused("dendra_gather: table.pattern ", () -> kernels.gather(sparse, rows, gathered, 0, 1));
    }

    @Test
    void moreInputsThanASparseMatrixMayHave() {
        int columns = SparseLayout.MAXIMUM_COLUMNS + 1;
        PackedMatrix wide =
                new PackedMatrix("w", new PanelLayout(Encoding.U4G32, 32, columns), Pattern.QUADS, w.segment());
        FloatMatrix wideInputs = FloatMatrix.allocate(arena, 2, columns);

        assertRefused("dendra_matmul_f32: w.columns ", () -> kernels.matmul(wide, wideInputs, y, 2, 0, 2, scratch));
    }

    @Test
    void aNormWeightThatIsNull() {
        assertRefused("dendra_rms_norm: weight ", () -> kernels.rmsNorm(x, MemorySegment.NULL, 1e-5f, y, 0, 1));
    }

    @Test
    void aTokenOutsideOfTheVocabulary() {
        StepRows rows = new StepRows(arena, 2, 1);
        rows.setRow(0, 31, 0, 0);
        rows.setRow(1, 32, 1, 0);
        FloatMatrix gathered = FloatMatrix.allocate(arena, 2, 64);

        assertRefused("dendra_gather: step.tokens ", () -> kernels.gather(w, rows, gathered, 0, 2));
        kernels.gather(w, rows, gathered, 0, 1);
    }

    @Test
    void theKernelsWorkOnAfterwards() {
        assertRefused("dendra_matmul_f32: panel_to ", () -> kernels.matmul(w, x, y, 2, 0, 3, scratch));

        kernels.matmul(w, x, y, 2, 0, 2, scratch);

        assertEquals(0, y.get(1, 31));
    }

    private void assertRefused(String beginning, Runnable call) {
        String message =
                String.valueOf(assertThrows(KernelException.class, call::run).getMessage());
        assertTrue(message.startsWith(beginning), message);
        for (byte untouched : y.segment().toArray(ValueLayout.JAVA_BYTE)) {
            assertEquals(CANARY, untouched);
        }
    }

    private PackedMatrix weights(Encoding encoding, int rows, int columns) {
        PanelLayout layout = new PanelLayout(encoding, rows, columns);
        return new PackedMatrix("w", layout, OffHeap.allocate(arena, layout.bytes()));
    }
}
