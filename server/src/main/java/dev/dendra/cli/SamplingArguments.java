// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.SamplingParameters;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How tokens are drawn. */
final class SamplingArguments {
    @Option(names = "--temperature", paramLabel = "T", description = "0 (always the most likely token) to 2.")
    private @Nullable Float temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            converter = IntegerConverter.NotNegative.class,
            description = "Draw from the K most likely tokens; 0 for all (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the likeliest tokens whose probabilities reach P (default: ${DEFAULT-VALUE}).")
    private float topP = 1;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Leave out tokens less likely than P times the likeliest (default: ${DEFAULT-VALUE}).")
    private float minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "R",
            defaultValue = "1",
            description = "Above 1, tokens seen before become less likely (default: ${DEFAULT-VALUE}).")
    private float repetitionPenalty = 1;

    @Option(names = "--seed", paramLabel = "N", description = "Repeats the same draws (default: another every time).")
    private @Nullable Long seed;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /**
     * The parameters.
     *
     * @param otherwise the temperature where none was given
     * @throws ParameterException if a number is out of its range
     */
    SamplingParameters parameters(float otherwise) {
        float chosen = temperature == null ? otherwise : temperature;
        long draws = seed == null ? ThreadLocalRandom.current().nextLong() : seed;
        try {
            return new SamplingParameters(chosen, topK, topP, minP, repetitionPenalty, 0, 0, Map.of(), draws);
        } catch (IllegalArgumentException e) {
            if (command == null) {
                throw e;
            }
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }
}
