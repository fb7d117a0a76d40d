// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was noted of a step: made once, filled anew. For one thread at a time. */
final class StepSlot {
    private final @Nullable RequestEnergy[] requests;
    private final int[] promptRows;
    private final int[] decodeRows;
    private final int[] kvTokens;
    private long beginNanos;
    private long endNanos;
    private int steps;
    private int entries;

    /** Room for a step of so many sequences. */
    StepSlot(int sequences) {
        requests = new RequestEnergy[sequences];
        promptRows = new int[sequences];
        decodeRows = new int[sequences];
        kvTokens = new int[sequences];
    }

    /** A step begins. */
    void begin(long nanos) {
        beginNanos = nanos;
        steps = 1;
        entries = 0;
    }

    /** Another step begins in the same place: it is nobody's, and so is what was noted here before. */
    void goOn() {
        steps++;
        int prompts = 0;
        int decodes = 0;
        int tokens = 0;
        for (int i = 0; i < entries; i++) {
            prompts += promptRows[i];
            decodes += decodeRows[i];
            tokens += kvTokens[i];
        }
        forget();
        set(0, null, prompts, decodes, tokens);
        entries = 1;
    }

    void add(@Nullable RequestEnergy request, int prompts, int decodes, int tokens) {
        set(entries++, request, prompts, decodes, tokens);
    }

    private void set(int entry, @Nullable RequestEnergy request, int prompts, int decodes, int tokens) {
        requests[entry] = request;
        promptRows[entry] = prompts;
        decodeRows[entry] = decodes;
        kvTokens[entry] = tokens;
    }

    private void forget() {
        for (int i = 0; i < entries; i++) {
            RequestEnergy request = requests[i];
            if (request != null) {
                request.lose();
            }
        }
    }

    void end(long nanos) {
        endNanos = nanos;
    }

    /** What is noted; the slot lets go of it. */
    LoggedStep take() {
        List<LoggedStep.Entry> taken = new ArrayList<>(entries);
        for (int i = 0; i < entries; i++) {
            taken.add(new LoggedStep.Entry(requests[i], promptRows[i], decodeRows[i], kvTokens[i]));
        }
        Arrays.fill(requests, 0, entries, null);
        return new LoggedStep(beginNanos, endNanos, steps, taken);
    }
}
