// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

/**
 * How many rows of prompts a step may have. Beside sequences that decode, either a fixed number, or as many as keep the
 * step within {@link #LONGEST_STEP} times its length without them and within {@link #LONGEST_GAP} times the gap that
 * streams are used to, by what steps have taken so far. The first bounds what a long prompt does to running streams; the
 * second has prompts wait a little where many sequences have come together, whose steps are long already. Scheduler thread.
 */
final class PromptBudget {
    /** How much longer prompts may make a step in which others decode. */
    static final double LONGEST_STEP = 2;

    /** How long they may make it as a multiple of {@link TypicalGap}, unless that leaves less than {@link #SHORTEST_STEP}. */
    static final double LONGEST_GAP = 1.6;

    /** How much longer they may make a step in any case. */
    static final double SHORTEST_STEP = 1.25;

    /** Before anything has been measured. */
    private static final int FIRST_GUESS = 32;

    /** Prompts come to an end even where prompt rows look expensive. */
    private static final int LEAST = 8;

    private final int stepRows;
    private final int fixed;
    private final StepTimeFit times;
    private final TypicalGap gap;

    PromptBudget(EngineOptions options, StepTimeFit times, TypicalGap gap) {
        this.stepRows = options.stepTokens();
        this.fixed = options.promptTokensBesideDecodes();
        this.times = times;
        this.gap = gap;
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
        double longest = Math.clamp(LONGEST_GAP * gap.seconds(), SHORTEST_STEP * decoding, LONGEST_STEP * decoding);
        return (int) Math.max(LEAST, (longest - decoding) / times.promptRow());
    }
}
