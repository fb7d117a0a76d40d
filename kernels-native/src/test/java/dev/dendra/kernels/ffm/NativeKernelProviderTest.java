// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelProvider.InstructionSet;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeKernelProviderTest {

    @TempDir
    Path directory;

    @Test
    void isFoundByTheSelectorBeforeTheVectorApi() {
        List<String> names =
                KernelSelector.providers().stream().map(KernelProvider::name).toList();

        assertEquals(List.of("native", "vector", "reference"), names);
    }

    @ParameterizedTest
    @EnumSource
    void aCapIsKeptAndExplainsTheTiersAboveIt(NativeTier cap) throws IOException {
        LibraryLocator locator = BuiltLibrary.locator();
        KernelProvider provider = new NativeKernelProvider(() -> locator, () -> cap);

        List<InstructionSet> sets = provider.instructionSets();

        assertEquals(
                List.of("amx", "avx512", "avx2", "scalar"),
                sets.stream().map(InstructionSet::id).toList());
        String best = sets.stream()
                .filter(InstructionSet::runs)
                .findFirst()
                .orElseThrow()
                .id();
        assertTrue(NativeTier.ofId(best).orElseThrow().compareTo(cap) <= 0, best);
        sets.stream()
                .filter(set -> NativeTier.ofId(set.id()).orElseThrow().compareTo(cap) > 0)
                .forEach(set -> assertFalse(set.reason().orElse("").isBlank(), set.id() + " has no reason"));
        try (Kernels kernels = provider.open()) {
            assertEquals(best, kernels.info().isa());
        }
        for (InstructionSet set : sets) {
            if (set.runs()) {
                provider.open(set.id()).close();
            } else {
                KernelLoadException refusal = assertThrows(
                        KernelLoadException.class, () -> provider.open(set.id()).close());
                assertTrue(
                        String.valueOf(refusal.getMessage()).startsWith("native: " + set.id()), refusal.getMessage());
            }
        }
    }

    @Test
    void scalarKernelsRunOnRequestOnly() throws IOException {
        LibraryLocator locator = BuiltLibrary.locator();
        KernelProvider provider = new NativeKernelProvider(() -> locator, () -> NativeTier.SCALAR);

        KernelProvider.Support support = provider.probe();

        assertTrue(support.supported());
        assertFalse(support.preferred());
        assertTrue(support.detail().contains("avx2: "), support.detail());
    }

    @Test
    void anUnknownInstructionSetListsTheKnownOnes() {
        String message =
                String.valueOf(assertThrows(KernelLoadException.class, () -> new NativeKernelProvider().open("sse9"))
                        .getMessage());

        assertEquals("native: no instruction set 'sse9', only scalar, avx2, avx512, amx", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"avx1024", "AVX2"})
    void anUnknownCapIsAReason(String word) throws IOException {
        LibraryLocator locator = BuiltLibrary.locator();
        KernelProvider provider = new NativeKernelProvider(() -> locator, () -> TierCap.of(TierCap.VARIABLE, word));

        KernelProvider.Support support = provider.probe();

        assertFalse(support.supported());
        assertTrue(support.detail().contains(TierCap.VARIABLE + " is '" + word + "'"), support.detail());
        assertTrue(support.detail().contains(NativeTier.ids()), support.detail());
    }

    @Test
    void withoutACapEveryTierIsAllowed() {
        assertEquals(NativeTier.AMX, TierCap.of(TierCap.VARIABLE, null));
        assertEquals(NativeTier.AMX, TierCap.of(TierCap.VARIABLE, " "));
        assertEquals(NativeTier.AVX2, TierCap.of(TierCap.VARIABLE, "avx2"));
    }

    @Test
    void aMissingLibraryIsAReasonNotAnError() {
        KernelProvider provider = broken(directory.resolve("nowhere.so"));

        assertFalse(provider.probe().supported());
        assertTrue(
                provider.probe().detail().contains("nowhere.so"),
                provider.probe().detail());
        assertEquals(List.of(), provider.instructionSets());
        String message = String.valueOf(
                assertThrows(KernelLoadException.class, provider::open).getMessage());
        assertTrue(message.startsWith("native: ") && message.contains("nowhere.so"), message);
    }

    /** A library that Linux refused AMX to, as far as Java can see. */
    @Test
    void aRefusalOfAmxIsKeptAsTheReason() throws Exception {
        Path library = BuiltLibrary.compile(
                directory,
                stub("""
                        int dendra_detect(int max, dendra_cpu *cpu) {
                            (void) max;
                            cpu->isa = DENDRA_ISA_AVX512;
                            __builtin_strcpy(cpu->reason[DENDRA_ISA_AMX], "Linux refused the permission to use AMX");
                            return DENDRA_OK;
                        }
                        """),
                "-I",
                Path.of("src/main/c/include").toAbsolutePath().toString());
        KernelProvider provider = broken(library);

        assertEquals(
                KernelProvider.Support.yes("avx512 (amx: Linux refused the permission to use AMX)"), provider.probe());
        try (Kernels kernels = provider.open()) {
            assertEquals("avx512", kernels.info().isa());
        }
    }

    @Test
    void aLibraryThatLacksAnOperationIsRefusedByItsName() throws Exception {
        Path library = BuiltLibrary.compile(
                directory, "unsigned dendra_abi_version(void) { return " + NativeLibrary.ABI_VERSION + "; }\n");

        String detail = broken(library).probe().detail();

        assertTrue(detail.contains("has no dendra_gather"), detail);
    }

    @Test
    void theSystemPropertyNamesTheLibraryAndTheSelectorFallsBackWithTheReason() {
        String before = System.getProperty(LibraryLocator.PATH_PROPERTY);
        System.setProperty(
                LibraryLocator.PATH_PROPERTY, directory.resolve("mine.so").toString());
        try {
            KernelSelector.Selection selection = KernelSelector.select(KernelSelector.AUTO);
            try (Kernels kernels = selection.kernels()) {
                assertNotEquals("native", kernels.info().provider());
            }
            String reason = selection.passedOver().getFirst();
            assertTrue(reason.startsWith("native: ") && reason.contains("mine.so"), reason);
            KernelLoadException forced = assertThrows(KernelLoadException.class, () -> KernelSelector.select("native"));
            assertTrue(String.valueOf(forced.getMessage()).contains("mine.so"), forced.getMessage());
        } finally {
            if (before == null) {
                System.clearProperty(LibraryLocator.PATH_PROPERTY);
            } else {
                System.setProperty(LibraryLocator.PATH_PROPERTY, before);
            }
        }
    }

    private static KernelProvider broken(Path library) {
        return new NativeKernelProvider(() -> BuiltLibrary.locator(library), () -> NativeTier.AMX);
    }

    /** A library with our ABI, whose operations do nothing. */
    private static String stub(String detect) {
        StringBuilder source = new StringBuilder("#include \"dendra_kernels.h\"\n");
        source.append("uint32_t dendra_abi_version(void) { return DENDRA_ABI_VERSION; }\n");
        source.append("int64_t dendra_scratch_bytes(int32_t isa) { return isa; }\n");
        for (NativeOperation operation : NativeOperation.values()) {
            String job =
                    operation.job().equals(NativeStructs.LOGITS) ? "dendra_logits_job" : operation.symbol() + "_job";
            boolean isResult = operation == NativeOperation.LOG_SUM_EXP || operation == NativeOperation.ARG_MAX;
            source.append("int32_t ")
                    .append(operation.symbol())
                    .append(isResult ? "(" : "(const ")
                    .append(job)
                    .append(" *job) { (void) job; return 0; }\n");
        }
        return source.append(detect).toString();
    }
}
