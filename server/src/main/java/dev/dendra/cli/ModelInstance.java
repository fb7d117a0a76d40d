// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.StepLog;
import dev.dendra.engine.Engine;
import dev.dendra.format.ModelFormatException;
import dev.dendra.http.ServedModel;
import dev.dendra.kernels.ComputePool;
import dev.dendra.metrics.ModelMetrics;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.LanguageModel;
import dev.dendra.model.ModelConfig;
import java.time.Duration;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** One of the models of a server, from the moment when clients may know of it: first without, then with an engine. */
final class ModelInstance {
    private final NamedModel named;
    private final ModelConfig config;
    private final DeferredService service;
    private final DeferredEmbeddings embeddings;
    private final ServedModel served;
    private volatile @Nullable LoadedModel loaded;
    private volatile @Nullable Engine engine;
    private volatile @Nullable StallGuard stallGuard;

    private ModelInstance(NamedModel named, ModelConfig config) throws ModelFormatException {
        this.named = named;
        this.config = config;
        this.service = new DeferredService(config.contextLength());
        this.embeddings = new DeferredEmbeddings(config.embeddingLength());
        this.served = named.served(service, embeddings);
    }

    /** A model that is not loaded yet. */
    static ModelInstance of(NamedModel named) throws ModelFormatException {
        return new ModelInstance(named, ModelConfig.of(named.opened().source().metadata()));
    }

    /** What the HTTP server knows of it. */
    ServedModel served() {
        return served;
    }

    /** The model's shape. */
    ModelConfig config() {
        return config;
    }

    /** The model with its name. */
    NamedModel named() {
        return named;
    }

    /** What was loaded; nothing before that. */
    @Nullable
    LoadedModel loaded() {
        return loaded;
    }

    /**
     * Loads the model and warms it up.
     *
     * @param first a model that is loaded already, whose threads this one uses too; null to start threads
     */
    void load(
            KernelChoice kernels,
            ComputeChoice compute,
            KvCacheOptions kvCache,
            EngineLimits limits,
            @Nullable LoadedModel first)
            throws CommandFailure, ModelFormatException {
        LoadedModel model = first == null
                ? LoadedModel.load(named.opened(), kernels, compute, limits.stepRows(), kvCache)
                : first.beside(named.opened(), kernels, compute, limits.stepRows(), kvCache);
        loaded = model;
        model.model().warmUp();
    }

    /**
     * Lets requests in, with all threads for this model. The model must be loaded.
     *
     * @param stepLog where its steps are noted
     */
    void startAlone(EngineLimits limits, ServerMetrics metrics, StepLog stepLog) {
        LoadedModel model = requireLoaded();
        start(model, model.model(), model.pool(), limits, metrics, stepLog);
    }

    /**
     * Lets requests in. The model must be loaded.
     *
     * @param stepLog where its steps are noted
     * @param turn held by the model whose turn it is to compute; tokens are drawn outside of it, on the scheduler's thread
     */
    void startBesideOthers(EngineLimits limits, ServerMetrics metrics, StepLog stepLog, Lock turn) {
        LoadedModel model = requireLoaded();
        start(model, new TurnTakingModel(model.model(), turn), new ComputePool(1), limits, metrics, stepLog);
    }

    private void start(
            LoadedModel model,
            LanguageModel forward,
            ComputePool pool,
            EngineLimits limits,
            ServerMetrics metrics,
            StepLog stepLog) {
        ModelMetrics modelMetrics = metrics.model(named.id());
        new ServerFacts(named.id(), named.opened(), model).show(metrics, modelMetrics);
        Engine started = Engine.start(forward, model.kernels(), pool, limits.options(forward), modelMetrics, stepLog);
        engine = started;
        embeddings.become(started.embeddings());
        service.become(started);
    }

    private LoadedModel requireLoaded() {
        LoadedModel model = loaded;
        if (model == null) {
            throw new IllegalStateException(named.id() + " is not loaded");
        }
        return model;
    }

    /** Whether its engine works. */
    boolean healthy() {
        Engine running = engine;
        return running != null && running.healthy();
    }

    /**
     * Takes no more requests and waits for those under way.
     *
     * @return whether all have ended within {@code limit}
     */
    boolean drain(Duration limit) throws InterruptedException {
        Engine running = engine;
        return running == null || running.drain(limit);
    }

    /** Has a {@link StallGuard} watch the engine. */
    void exitWhenStalled(Duration limit, Duration patience) {
        Engine running = engine;
        if (running != null) {
            stallGuard = StallGuard.of(running, limit, patience);
        }
    }

    /** Ends the engine; requests under way fail. Guarded to the end: closing an engine that hangs takes for ever. */
    void stopEngine() {
        Engine running = engine;
        if (running != null) {
            running.close();
        }
        StallGuard guard = stallGuard;
        if (guard != null) {
            guard.close();
        }
    }

    /** Frees what was loaded. No engine of the server may run any more, since models share threads. */
    void unload() {
        LoadedModel model = loaded;
        if (model != null) {
            model.close();
        }
    }
}
