// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that Linux does not let use AMX, as an old kernel or a sandbox does not. */
class AmxPermissionTest {

    private static final Path REFUSAL = Path.of("src", "test", "c", "permission", "refuse_tiles.c");

    @TempDir
    Path directory;

    @Test
    void withoutThePermissionAvx512IsChosenAndTheReasonTold() throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "AMX is there on x86-64 only");
        try (NativeLibrary library = NativeLibrary.open(BuiltLibrary.locator())) {
            String reason = library.detect(NativeTier.AMX).reasons().get(NativeTier.AMX);
            assumeTrue(reason == null, "amx does not run here: " + reason);
        }
        Path refusal = BuiltLibrary.compile(directory, Files.readString(REFUSAL));

        assertEquals("amx", probeOfAChild(null));
        String detail = probeOfAChild(refusal);

        assertTrue(detail.startsWith("avx512 (amx: Linux refused the permission to use AMX: "), detail);
    }

    private static String probeOfAChild(@Nullable Path preloaded) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Probe.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        if (preloaded != null) {
            builder.environment().put("LD_PRELOAD", preloaded.toString());
        }
        Process child = builder.start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, child.waitFor(), output);
        return output;
    }

    /** Prints what the provider finds. */
    static final class Probe {
        private Probe() {}

        public static void main(String[] arguments) {
            System.out.println(new NativeKernelProvider().probe().detail());
        }
    }
}
