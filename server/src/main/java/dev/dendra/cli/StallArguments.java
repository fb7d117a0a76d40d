// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** What happens to an engine that hangs. */
final class StallArguments {
    @Option(
            names = "--stall-limit",
            paramLabel = "SECONDS",
            defaultValue = "60",
            converter = IntegerConverter.Positive.class,
            description = "Longest time of one step before the server is not ready (default: ${DEFAULT-VALUE}).")
    private int limitSeconds;

    @Option(
            names = "--stall-exit",
            paramLabel = "SECONDS",
            defaultValue = "60",
            converter = IntegerConverter.NotNegative.class,
            description = "Time after that until the process gives up and exits with " + StallGuard.EXIT_CODE
                    + "; 0 for never (default: ${DEFAULT-VALUE}).")
    private int exitSeconds;

    /** Longest time of one step. */
    Duration limit() {
        return Duration.ofSeconds(limitSeconds);
    }

    /** How long the process waits after that; zero for ever. */
    Duration patience() {
        return Duration.ofSeconds(exitSeconds);
    }
}
