// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs kernels in a Java process of their own, so that an instruction that the processor does not know kills that one and
 * not this.
 */
final class KernelProbe {
    private static final String KILLED_BY = "SIG";

    private KernelProbe() {}

    /**
     * What came of {@code doctor --self-test} with these kernels.
     *
     * @return {@code works}, or what went wrong
     */
    static String run(String provider, String isa) throws InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:ErrorFile=/dev/null", "-XX:-CreateCoredumpOnCrash"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of("doctor", "--self-test", provider + ":" + isa));
        try {
            Process child =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return verdict(child.waitFor(), output);
        } catch (IOException e) {
            return "could not be tried: " + e.getMessage();
        }
    }

    /** What a child's end means. */
    static String verdict(int status, String output) {
        if (status == 0) {
            return "works";
        }
        String reason = output.lines()
                .filter(line -> line.contains(KILLED_BY))
                .findFirst()
                .or(() -> output.lines().filter(line -> !line.isBlank()).reduce((first, last) -> last))
                .orElse("no output");
        return "FAILS (status " + status + "): " + reason.replaceFirst("^#\\s*", "");
    }
}
