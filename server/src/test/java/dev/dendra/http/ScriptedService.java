// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.EngineException;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.GenerationService;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine that says what a test wants it to say, when the test wants it. */
final class ScriptedService implements GenerationService {
    static final int CONTEXT_LENGTH = 1000;
    private static final long PATIENCE_SECONDS = 20;

    private final BlockingQueue<ScriptedGeneration> submitted = new LinkedBlockingQueue<>();
    private volatile Consumer<ScriptedGeneration> script = generation -> {};
    private volatile EngineException.@Nullable Reason refusal;

    /** Every generation from now on says this at once. */
    void script(Consumer<ScriptedGeneration> script) {
        this.script = script;
    }

    /** Every request from now on is refused. */
    void refuse(EngineException.Reason reason) {
        refusal = reason;
    }

    /** The next generation that was asked for; waits for it. */
    ScriptedGeneration next() throws InterruptedException {
        ScriptedGeneration generation = submitted.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (generation == null) {
            throw new AssertionError("no generation was asked for");
        }
        return generation;
    }

    /** Whether no generation was asked for that {@link #next()} has not returned. */
    boolean isIdle() {
        return submitted.isEmpty();
    }

    @Override
    public List<Generation> submit(List<GenerationRequest> requests) throws EngineException {
        if (refusal != null) {
            throw new EngineException(refusal, "refused by the test");
        }
        return requests.stream().<Generation>map(this::begin).toList();
    }

    private ScriptedGeneration begin(GenerationRequest request) {
        ScriptedGeneration generation = new ScriptedGeneration(request);
        script.accept(generation);
        submitted.add(generation);
        return generation;
    }

    @Override
    public int contextLength() {
        return CONTEXT_LENGTH;
    }
}
