// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.energy.StepLog;
import dev.dendra.engine.EngineException.Reason;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.model.LanguageModel;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Generates for many clients at once on one model. One platform thread, the scheduler, owns all sequences and the KV
 * cache; clients hand it requests through a bounded queue and read from mailboxes, and it waits for none of them.
 *
 * <p>Neither the model nor the kernels are closed with the engine.
 */
public final class Engine implements GenerationService, AutoCloseable {
    /** How often an idle scheduler shows that it is alive. */
    private static final long IDLE_NANOS = Duration.ofMillis(500).toNanos();

    private static final String STOPPING = "the server is shutting down";
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());

    private enum State {
        OPEN,
        DRAINING,
        CLOSED
    }

    private final int contextLength;
    private final int vocabularySize;
    private final int embeddingLength;
    private final long stallNanos;
    private final Arena arena;
    private final LongSupplier clock;
    private final WaitingQueue waiting;
    private final StepLog stepLog;
    private final Scheduler scheduler;
    private final Thread thread;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    private final CountDownLatch drained = new CountDownLatch(1);
    private volatile long lastStepNanos = System.nanoTime();

    /** An engine whose thread is not started. */
    Engine(LanguageModel model, Kernels kernels, ComputePool pool, EngineOptions options, EngineMetrics metrics) {
        this(model, kernels, pool, options, metrics, System::nanoTime);
    }

    /** The same with a clock in nanoseconds, by which requests arrive and deadlines pass. */
    Engine(
            LanguageModel model,
            Kernels kernels,
            ComputePool pool,
            EngineOptions options,
            EngineMetrics metrics,
            LongSupplier clock) {
        this(model, kernels, pool, options, metrics, StepLog.none(), clock);
    }

    private Engine(
            LanguageModel model,
            Kernels kernels,
            ComputePool pool,
            EngineOptions options,
            EngineMetrics metrics,
            StepLog stepLog,
            LongSupplier clock) {
        if (options.stepTokens() > model.maximumRows()) {
            throw new IllegalArgumentException("stepTokens is " + options.stepTokens() + ", the model computes at most "
                    + model.maximumRows() + " rows a step");
        }
        long cacheTokens = (long) model.kvBlocks() * KvLayout.BLOCK_TOKENS;
        this.contextLength = (int) Math.min(model.contextLength(), cacheTokens);
        this.vocabularySize = model.vocabularySize();
        this.embeddingLength = model.embeddingLength();
        this.stallNanos = options.stallLimit().toNanos();
        this.waiting = new WaitingQueue(options.queueCapacity());
        this.arena = Arena.ofShared();
        this.clock = clock;
        this.stepLog = stepLog;
        this.scheduler =
                new Scheduler(model, kernels, pool, options, contextLength, metrics, stepLog, waiting, arena, clock);
        this.thread = Thread.ofPlatform().name("dendra-scheduler").daemon(true).unstarted(this::loop);
        double allBlocks = model.kvBlocks();
        metrics.gauges(scheduler::running, waiting::size, () -> scheduler.usedBlocks() / allBlocks);
    }

    /**
     * Starts an engine.
     *
     * @param pool draws tokens of a step's sequences beside each other; the scheduler thread is from now on the only one
     *     that runs it, for the model too
     * @throws IllegalArgumentException if a step of {@code options} is larger than the model's
     */
    public static Engine start(
            LanguageModel model, Kernels kernels, ComputePool pool, EngineOptions options, EngineMetrics metrics) {
        return start(model, kernels, pool, options, metrics, StepLog.none());
    }

    /** As above, with {@code stepLog} for steps of up to as many sequences as {@code options} allow. */
    public static Engine start(
            LanguageModel model,
            Kernels kernels,
            ComputePool pool,
            EngineOptions options,
            EngineMetrics metrics,
            StepLog stepLog) {
        Engine engine = new Engine(model, kernels, pool, options, metrics, stepLog, System::nanoTime);
        engine.thread.start();
        return engine;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the request makes no sense for this model: no prompt, a token outside the
     *     vocabulary, a negative {@code maximumTokens} or {@code minimumTokens}; or if the requests are of several
     *     tenants
     */
    @Override
    public List<Generation> submit(List<GenerationRequest> requests) throws EngineException {
        requireOpen();
        for (GenerationRequest request : requests) {
            requireAcceptable(request);
        }
        requireOneTenant(requests);
        List<Sequence> sequences = SequenceGroups.of(requests, contextLength, clock.getAsLong());
        enqueue(sequences);
        return sequences.stream().<Generation>map(Sequence::mailbox).toList();
    }

    /** Turns texts into vectors among the sequences of this engine. */
    public EmbeddingService embeddings() {
        return new Embedder(this, embeddingLength);
    }

    /** A sequence that arrives now, of which not the logits are wanted. */
    Sequence sequence(GenerationRequest request, PooledState pooled) {
        return new Sequence(request, contextLength, clock.getAsLong(), PrefixDigests.none(), new PromptGroup(), pooled);
    }

    /** Refuses requests that can never be served, as {@link #submit} does. */
    void requireAcceptable(GenerationRequest request) throws EngineException {
        requireValid(request);
        requireRoom(request);
    }

    /** Queues sequences of one tenant, all or none. */
    void enqueue(List<Sequence> sequences) throws EngineException {
        if (!waiting.reserve(sequences.size())) {
            throw new EngineException(Reason.QUEUE_FULL, "too many requests are waiting; try again later");
        }
        if (state.get() != State.OPEN) {
            waiting.giveUp(sequences.size());
            wake();
            throw new EngineException(Reason.STOPPING, STOPPING);
        }
        sequences.forEach(sequence -> sequence.mailbox().gather(stepLog.open()));
        waiting.add(sequences);
        wake();
        // The engine may have been closed in between, and nobody will look at the queue again.
        if (state.get() == State.CLOSED && waiting.withdraw(sequences)) {
            throw new EngineException(Reason.STOPPING, STOPPING);
        }
    }

    /** {@inheritDoc} The model's, or what its KV cache holds where that is less. */
    @Override
    public int contextLength() {
        return contextLength;
    }

    /** Whether the scheduler is alive and its current step has not taken longer than the stall limit. */
    public boolean healthy() {
        return thread.isAlive() && System.nanoTime() - lastStepNanos < stallNanos;
    }

    /** Time since the scheduler last began a step or, when idle, looked for work. */
    public Duration sinceLastStep() {
        return Duration.ofNanos(System.nanoTime() - lastStepNanos);
    }

    /** Where the scheduler is now: its stack, a line for each frame. For a log, when it hangs. */
    public String whereabouts() {
        return Arrays.stream(thread.getStackTrace())
                .map(frame -> "\tat " + frame)
                .collect(Collectors.joining("\n"));
    }

    /**
     * Takes no more requests and waits until those in the engine have ended.
     *
     * @return whether all have ended within {@code limit}
     */
    public boolean drain(Duration limit) throws InterruptedException {
        beginDraining();
        return drained.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Stops the scheduler after its current step. Requests that are still in the engine fail. */
    @Override
    public void close() {
        if (state.getAndSet(State.CLOSED) == State.CLOSED) {
            return;
        }
        wake();
        joinUninterruptibly();
        scheduler.failRunning(STOPPING);
        scheduler.failWaiting(STOPPING);
        drained.countDown();
        arena.close();
    }

    void beginDraining() {
        state.compareAndSet(State.OPEN, State.DRAINING);
        wake();
    }

    /** One step; for the scheduler thread, or a test in its place. */
    boolean runStep() {
        boolean computed = scheduler.runStep();
        // Waiting first: a request counts as running before it stops counting as waiting.
        if (state.get() == State.DRAINING && waiting.size() == 0 && scheduler.running() == 0) {
            drained.countDown();
        }
        return computed;
    }

    int usedBlocks() {
        return scheduler.usedBlocks();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    private void loop() {
        boolean broken = false;
        while (state.get() != State.CLOSED) {
            lastStepNanos = System.nanoTime();
            try {
                if (broken) {
                    scheduler.failRunning("internal error");
                    broken = false;
                }
                if (!runStep()) {
                    LockSupport.parkNanos(this, IDLE_NANOS);
                }
            } catch (Throwable e) {
                // Whatever it is, clients must hear of it, and the next request may well succeed.
                broken = true;
                LOG.log(System.Logger.Level.ERROR, "the scheduler failed; every request in progress ends", e);
            }
        }
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireOpen() throws EngineException {
        if (state.get() != State.OPEN) {
            throw new EngineException(Reason.STOPPING, STOPPING);
        }
    }

    private static void requireOneTenant(List<GenerationRequest> requests) {
        for (GenerationRequest request : requests) {
            if (!request.terms().tenant().equals(requests.getFirst().terms().tenant())) {
                throw new IllegalArgumentException("the requests of a group must be of one tenant");
            }
        }
    }

    private void requireValid(GenerationRequest request) {
        if (request.promptTokens().length == 0) {
            throw new IllegalArgumentException("the prompt has no tokens");
        }
        if (request.maximumTokens() < 0) {
            throw new IllegalArgumentException("maximumTokens must not be negative, got " + request.maximumTokens());
        }
        if (request.minimumTokens() < 0) {
            throw new IllegalArgumentException("minimumTokens must not be negative, got " + request.minimumTokens());
        }
        for (int token : request.promptTokens()) {
            requireToken(token, "prompt");
        }
        for (int token : request.stopTokens()) {
            requireToken(token, "stop token");
        }
        for (int token : request.sampling().logitBias().keySet()) {
            requireToken(token, "logit bias");
        }
    }

    private void requireToken(int token, String where) {
        if (token < 0 || token >= vocabularySize) {
            throw new IllegalArgumentException(
                    where + ": token " + token + " is outside the vocabulary of " + vocabularySize);
        }
    }

    private void requireRoom(GenerationRequest request) throws EngineException {
        int prompt = request.promptTokens().length;
        int least = request.maximumTokens() == 0 ? prompt : prompt + 1;
        if (least > contextLength) {
            throw new EngineException(
                    Reason.PROMPT_TOO_LONG,
                    "the prompt has " + prompt + " tokens, which leaves no room in a context of " + contextLength);
        }
    }
}
