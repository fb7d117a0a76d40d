// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Looks for the Python package installer, which fetches models best: it knows the machine's proxies and mirrors. */
final class Pip {
    private static final int PATIENCE_SECONDS = 20;

    private Pip() {}

    /** Its version, or why there is none. */
    static String describe() throws InterruptedException {
        try {
            Process pip = new ProcessBuilder("python3", "-m", "pip", "--version")
                    .redirectErrorStream(true)
                    .start();
            pip.getOutputStream().close();
            if (!pip.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                pip.destroyForcibly();
                return "python3 does not answer";
            }
            String answer = new String(pip.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            String firstLine = answer.lines().findFirst().orElse("");
            return pip.exitValue() == 0 ? firstLine : "python3 has no pip (" + firstLine + "); models come by HTTPS";
        } catch (IOException e) {
            return "no python3; models come by HTTPS";
        }
    }
}
