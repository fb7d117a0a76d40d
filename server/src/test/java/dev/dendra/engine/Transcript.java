// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.engine.GenerationEvent.TokenGenerated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Everything that a generation has told so far. */
final class Transcript {
    private final Generation generation;
    private final List<GenerationEvent> events = new ArrayList<>();

    Transcript(Generation generation) {
        this.generation = generation;
    }

    /** Reads what is there, without waiting. */
    Transcript read() {
        try {
            GenerationEvent event = generation.poll(Duration.ZERO);
            while (event != null) {
                events.add(event);
                event = generation.poll(Duration.ZERO);
            }
            return this;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads until the end; fails if an event takes longer than {@code limit}. */
    Transcript readToEnd(Duration limit) throws InterruptedException {
        while (!hasEnded()) {
            GenerationEvent event = generation.poll(limit);
            if (event == null) {
                throw new AssertionError("no event within " + limit + " after " + events);
            }
            events.add(event);
        }
        return this;
    }

    Generation generation() {
        return generation;
    }

    List<GenerationEvent> events() {
        return events;
    }

    int[] tokens() {
        return events.stream()
                .filter(TokenGenerated.class::isInstance)
                .mapToInt(event -> ((TokenGenerated) event).token())
                .toArray();
    }

    boolean hasEnded() {
        return !events.isEmpty()
                && (events.getLast() instanceof GenerationEvent.Finished
                        || events.getLast() instanceof GenerationEvent.Failed);
    }

    GenerationEvent end() {
        if (!hasEnded()) {
            throw new AssertionError("has not ended: " + events);
        }
        return events.getLast();
    }
}
