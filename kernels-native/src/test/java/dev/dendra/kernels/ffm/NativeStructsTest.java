// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.dendra.kernels.AttentionSpans;
import dev.dendra.kernels.KvType;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java says about the header, put to the C compiler. */
class NativeStructsTest {

    @TempDir
    Path directory;

    @Test
    void structsAndConstantsAreThoseOfTheHeader() throws Exception {
        StringBuilder source = new StringBuilder("#include <stddef.h>\n#include \"dendra_kernels.h\"\n");
        expect(source, "DENDRA_ABI_VERSION", NativeLibrary.ABI_VERSION);
        for (NativeOperation operation : NativeOperation.values()) {
            String struct =
                    operation.job().equals(NativeStructs.LOGITS) ? "dendra_logits_job" : operation.symbol() + "_job";
            expect(source, "sizeof(" + struct + ")", operation.job().byteSize());
            members(source, struct, "", operation.job(), 0);
        }
        expect(source, "sizeof(dendra_cpu)", NativeStructs.CPU.byteSize());
        expect(source, "offsetof(dendra_cpu, reason)", NativeStructs.offset(NativeStructs.CPU, "reason"));
        expect(source, "sizeof(((dendra_cpu *) 0)->reason[0])", NativeStructs.REASON_BYTES);
        expect(source, "DENDRA_ISA_COUNT", NativeTier.values().length);
        for (NativeTier tier : NativeTier.values()) {
            expect(source, "DENDRA_ISA_" + tier.name(), tier.code());
        }
        expect(source, "DENDRA_SPAN_TOKENS", AttentionSpans.TOKENS);
        expect(source, "DENDRA_ENCODING_COUNT", Encoding.values().length);
        for (Encoding encoding : Encoding.values()) {
            expect(source, "DENDRA_" + encoding.name(), JobWriter.code(encoding));
        }
        expect(source, "DENDRA_PATTERN_COUNT", Pattern.values().length);
        for (Pattern pattern : Pattern.values()) {
            expect(source, "DENDRA_" + pattern.name(), JobWriter.code(pattern));
        }
        expect(source, "DENDRA_KV_TYPE_COUNT", KvType.values().length);
        for (KvType type : KvType.values()) {
            expect(source, "DENDRA_KV_" + type.name(), JobWriter.code(type));
        }
        expect(source, "DENDRA_MAX_SPARSE_COLUMNS", SparseLayout.MAXIMUM_COLUMNS);
        for (NativeStatus status : NativeStatus.values()) {
            expect(source, "DENDRA_" + status.name(), status.code());
        }

        BuiltLibrary.compile(
                directory,
                source.toString(),
                "-std=c17",
                "-I",
                Path.of("src/main/c/include").toAbsolutePath().toString());
    }

    @Test
    void membersAreNamedByTheirOffset() {
        assertEquals("rows", NativeStructs.member(NativeStructs.MATMUL_F32, 4));
        assertEquals("w.encoding", NativeStructs.member(NativeStructs.MATMUL_F32, 24));
        assertEquals("byte 4000", NativeStructs.member(NativeStructs.MATMUL_F32, 4000));
    }

    private static void members(StringBuilder source, String struct, String prefix, GroupLayout layout, long start) {
        long offset = start;
        for (MemoryLayout member : layout.memberLayouts()) {
            String name = prefix + member.name().orElseThrow();
            expect(source, "offsetof(" + struct + ", " + name + ")", offset);
            if (member instanceof GroupLayout nested) {
                members(source, struct, name + ".", nested, offset);
            }
            offset += member.byteSize();
        }
    }

    private static void expect(StringBuilder source, String expression, long value) {
        source.append(String.format(
                Locale.ROOT, "_Static_assert(%s == %d, \"%s, in Java %d\");%n", expression, value, expression, value));
    }
}
