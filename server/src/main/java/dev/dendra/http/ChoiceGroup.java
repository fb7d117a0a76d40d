// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.energy.EnergyMeter;
import dev.dendra.energy.EnergyUse;
import dev.dendra.energy.RequestEnergy;
import dev.dendra.engine.EngineException;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationService;
import dev.dendra.tokenizer.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The choices of one request, running at the same time. Closing it cancels those that still run. For one thread. */
final class ChoiceGroup implements AutoCloseable {
    /** Longest wait for one choice while others may have something to tell; about a step. */
    private static final Duration STEP = Duration.ofMillis(10);

    /** Meters of the whole machine answer once a second only. */
    private static final Duration ENERGY_PATIENCE = Duration.ofSeconds(3);

    private final List<TextGeneration> choices = new ArrayList<>();
    private int next;

    /** A piece of the choice {@code index}. */
    record IndexedDelta(int index, TextDelta delta) {}

    private ChoiceGroup() {}

    /**
     * Queues one generation for each specification, all or none.
     *
     * @param id of the request, for logs
     * @throws EngineException if the engine does not take one of them
     */
    static ChoiceGroup submit(
            List<GenerationSpecification> specifications, GenerationService service, Tokenizer tokenizer, String id)
            throws EngineException {
        List<Generation> generations = service.submit(specifications.stream()
                .map(specification -> specification.request(id))
                .toList());
        ChoiceGroup group = new ChoiceGroup();
        for (int i = 0; i < generations.size(); i++) {
            group.choices.add(new TextGeneration(specifications.get(i), generations.get(i), tokenizer));
        }
        return group;
    }

    /** Number of choices. */
    int size() {
        return choices.size();
    }

    /** Whether every choice has ended. */
    boolean isFinished() {
        return choices.stream().allMatch(TextGeneration::isFinished);
    }

    /** What the request has cost so far. Choices of one prompt share it. */
    Usage usage() {
        IdentityHashMap<Prompt, Integer> cached = new IdentityHashMap<>();
        int generated = 0;
        int reasoning = 0;
        for (TextGeneration choice : choices) {
            // What later choices find in the cache is what the first has computed.
            cached.merge(choice.prompt(), choice.cachedTokens(), Math::min);
            generated += choice.generatedTokens();
            reasoning += choice.reasoningTokens();
        }
        int promptTokens = 0;
        int cachedTokens = 0;
        for (Map.Entry<Prompt, Integer> prompt : cached.entrySet()) {
            promptTokens += prompt.getKey().tokens().length;
            cachedTokens += prompt.getValue();
        }
        return Usage.ofTokens(promptTokens, cachedTokens, generated, reasoning);
    }

    /**
     * The energy of all choices, once they have ended: waits until it is known, which takes a step or two.
     *
     * @return null if nobody measures, or if it was not known in time
     */
    @Nullable
    EnergyJson energy() throws InterruptedException {
        EnergyUse sum = null;
        EnergyMeter meter = null;
        for (TextGeneration choice : choices) {
            RequestEnergy energy = choice.energy();
            if (energy == null) {
                return null;
            }
            Optional<EnergyUse> use = energy.await(ENERGY_PATIENCE);
            if (use.isEmpty()) {
                return null;
            }
            sum = sum == null ? use.get() : sum.plus(use.get());
            meter = energy.meter();
        }
        return sum == null || meter == null ? null : new EnergyJson(sum, meter);
    }

    /** How likely the tokens of a choice were, on average: the mean of their log-probabilities. */
    double meanLogprob(int index) {
        return choices.get(index).meanLogprob();
    }

    /**
     * The next piece of any choice, waiting up to {@code timeout}; null if none came.
     *
     * @throws ApiException if a generation failed
     */
    @Nullable
    IndexedDelta next(Duration timeout) throws InterruptedException {
        List<Integer> open = open();
        if (open.size() == 1) {
            return poll(open.getFirst(), timeout);
        }
        for (int index : open) {
            IndexedDelta delta = poll(index, Duration.ZERO);
            if (delta != null) {
                return delta;
            }
        }
        // Choices advance in the same steps: when one has news, so have the others.
        return open.isEmpty() ? null : poll(open.getFirst(), timeout.compareTo(STEP) < 0 ? timeout : STEP);
    }

    @Override
    public void close() {
        for (TextGeneration choice : choices) {
            if (!choice.isFinished()) {
                choice.cancel();
            }
        }
    }

    /** The running choices, beginning after the one that was served last. */
    private List<Integer> open() {
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            int index = (next + i) % choices.size();
            if (!choices.get(index).isFinished()) {
                open.add(index);
            }
        }
        return open;
    }

    /** The longest time that one of them waited to be begun; null if none was. */
    @Nullable
    Duration queued() {
        return choices.stream()
                .map(TextGeneration::queued)
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    private @Nullable IndexedDelta poll(int index, Duration timeout) throws InterruptedException {
        TextDelta delta = choices.get(index).poll(timeout);
        if (delta == null) {
            return null;
        }
        next = (index + 1) % choices.size();
        note(delta);
        return new IndexedDelta(index, delta);
    }

    private static void note(TextDelta delta) {
        RequestTrace trace = RequestTrace.current();
        trace.outputBegins();
        if (delta.finishReason() != null) {
            trace.finished(delta.finishReason());
        }
    }
}
