// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * How many rows of prompts a step may have. Beside sequences that decode, either a fixed number, or as many as keep the
 * step within {@link #LONGEST_STEP} times its length without them, by what steps have taken so far: then a long prompt
 * slows running streams down by a known factor and never stalls them. Scheduler thread.
 */
final class PromptBudget {
    /** How much longer prompts may make a step in which others decode. */
    static final double LONGEST_STEP = 2;

    /** Before anything has been measured. */
    private static final int FIRST_GUESS = 32;

    /** Prompts come to an end even where prompt rows look expensive. */
    private static final int LEAST = 8;

    private final int stepRows;
    private final int fixed;
    private final StepTimeFit times;

    PromptBudget(EngineOptions options, StepTimeFit times) {
        this.stepRows = options.stepTokens();
        this.fixed = options.promptTokensBesideDecodes();
        this.times = times;
    }

    /** Most prompt rows of a step with {@code decodes} rows of sequences that decode. */
    int rows(int decodes) {
        int room = stepRows - decodes;
        if (decodes == 0) {
            return room;
        }
        return Math.min(room, fixed > 0 ? fixed : measuredRows(decodes));
    }

    private int measuredRows(int decodes) {
        double decoding = times.seconds(decodes, 0);
        if (!times.isKnown() || decoding <= 0 || times.promptRow() <= 0) {
            return FIRST_GUESS;
        }
        return (int) Math.max(LEAST, (LONGEST_STEP - 1) * decoding / times.promptRow());
    }
}
