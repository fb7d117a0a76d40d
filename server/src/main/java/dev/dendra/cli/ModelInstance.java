// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Engine;
import dev.dendra.format.ModelFormatException;
import dev.dendra.http.ServedModel;
import dev.dendra.metrics.ModelMetrics;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.model.LanguageModel;
import dev.dendra.model.ModelConfig;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One of the models of a server, from the moment when clients may know of it: first without, then with an engine. */
final class ModelInstance {
    private final NamedModel named;
    private final DeferredService service;
    private final ServedModel served;
    private volatile @Nullable LoadedModel loaded;
    private volatile @Nullable Engine engine;

    private ModelInstance(NamedModel named, DeferredService service) throws ModelFormatException {
        this.named = named;
        this.service = service;
        this.served = named.served(service);
    }

    /** A model that is not loaded yet. */
    static ModelInstance of(NamedModel named) throws ModelFormatException {
        int expectedContext = ModelConfig.of(named.opened().source().metadata()).contextLength();
        return new ModelInstance(named, new DeferredService(expectedContext));
    }

    /** What the HTTP server knows of it. */
    ServedModel served() {
        return served;
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
    void load(KernelChoice kernels, ComputeChoice compute, EngineLimits limits, @Nullable LoadedModel first)
            throws CommandFailure, ModelFormatException {
        LoadedModel model = first == null
                ? LoadedModel.load(named.opened(), kernels, compute, limits.stepRows(), 0)
                : first.beside(named.opened(), kernels, compute, limits.stepRows(), 0);
        loaded = model;
        model.model().warmUp();
    }

    /**
     * Lets requests in. The model must be loaded.
     *
     * @param sharing what the forward pass is wrapped in where models share threads
     */
    void start(EngineLimits limits, ServerMetrics metrics, UnaryOperator<LanguageModel> sharing) {
        LoadedModel model = loaded;
        if (model == null) {
            throw new IllegalStateException(named.id() + " is not loaded");
        }
        ModelMetrics modelMetrics = metrics.model(named.id());
        new ServerFacts(named.id(), named.opened(), model).show(metrics, modelMetrics);
        LanguageModel shared = sharing.apply(model.model());
        Engine started = Engine.start(shared, model.kernels(), limits.options(shared), modelMetrics);
        engine = started;
        service.become(started);
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

    /** Ends the engine; requests under way fail. */
    void stopEngine() {
        Engine running = engine;
        if (running != null) {
            running.close();
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
