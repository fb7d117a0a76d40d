// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * How many rows of prompts a step may have. Beside sequences that decode, either a fixed number, or as many as keep the
 * step within {@link #LONGEST_STEP} times its length without them, by what steps have taken so far: then a long prompt
 * slows running streams down by a known factor and never stalls them. Scheduler thread.
 */
final class PromptBudget {
    /** How much longer prompts may make a step in which others decode. */
    static final double LONGEST_STEP = 2.5;

    /** Before anything has been measured. */
    private static final int FIRST_GUESS = 32;

    /** Prompts come to an end even where prompt rows look expensive. */
    private static final int LEAST = 8;

    /** Weight of the newest step in the running averages. */
    private static final double NEWEST = 0.1;

    private final int stepRows;
    private final int fixed;
    private final double[] decodeSeconds;
    private double rowSeconds;

    PromptBudget(EngineOptions options) {
        this.stepRows = options.stepTokens();
        this.fixed = options.promptTokensBesideDecodes();
        this.decodeSeconds = new double[options.maximumSequences() + 1];
    }

    /** Most prompt rows of a step with {@code decodes} sequences that decode. */
    int rows(int decodes) {
        int room = stepRows - decodes;
        if (decodes == 0) {
            return room;
        }
        return Math.min(room, fixed > 0 ? fixed : measuredRows(decodes));
    }

    /** Notes what a step took. */
    void measured(int decodes, int promptRows, double seconds) {
        if (promptRows == 0) {
            decodeSeconds[decodes] = average(decodeSeconds[decodes], seconds);
            return;
        }
        double decoding = decodes == 0 ? 0 : secondsOf(decodes);
        if ((decodes == 0 || decoding > 0) && seconds > decoding) {
            rowSeconds = average(rowSeconds, (seconds - decoding) / promptRows);
        }
    }

    private int measuredRows(int decodes) {
        double decoding = secondsOf(decodes);
        if (decoding == 0 || rowSeconds == 0) {
            return FIRST_GUESS;
        }
        return (int) Math.max(LEAST, (LONGEST_STEP - 1) * decoding / rowSeconds);
    }

    /** What so many decodes take, or the nearest smaller number that was seen: rather too little than too much. */
    private double secondsOf(int decodes) {
        for (int count = decodes; count > 0; count--) {
            if (decodeSeconds[count] > 0) {
                return decodeSeconds[count];
            }
        }
        return 0;
    }

    private static double average(double before, double newest) {
        return before == 0 ? newest : before + NEWEST * (newest - before);
    }
}
