// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import picocli.CommandLine.Option;

/** How long sequences may become. */
final class ContextArguments {
    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            converter = IntegerConverter.Positive.class,
            description = "Most tokens of a sequence (default: what the model was trained for).")
    private int context;

    /** Most tokens of a sequence; 0 for the model's own. */
    int tokens() {
        return context;
    }
}
