// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Engine;
import dev.dendra.format.ModelFormatException;
import dev.dendra.http.ConversationEncoder;
import dev.dendra.http.HttpServer;
import dev.dendra.http.HttpServerOptions;
import dev.dendra.http.PublicAccess;
import dev.dendra.http.ServedModel;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.model.ModelConfig;
import dev.dendra.tokenizer.ChatMessage;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One model behind HTTP, from opening the sockets to the end of the last answer. The sockets answer from the beginning:
 * live at once, ready when the model is loaded and warm.
 */
final class InferenceServer {
    private final OpenedModel opened;
    private final DeferredService service;
    private final ServerMetrics metrics = new ServerMetrics();
    private final HttpServer http;
    private volatile @Nullable LoadedModel loaded;
    private volatile @Nullable Engine engine;
    private volatile @Nullable StallGuard stallGuard;
    private volatile boolean ready;

    private InferenceServer(
            OpenedModel opened, String modelId, HttpServerOptions options, PublicAccess access, int expectedContext) {
        this.opened = opened;
        this.service = new DeferredService(expectedContext);
        ServedModel model = new ServedModel(
                modelId,
                opened.tokenizer(),
                opened.chatTemplate().map(InferenceServer::encoder).orElse(null),
                service,
                Instant.now());
        this.http = HttpServer.start(options, access, model, this::isReady, metrics);
    }

    /**
     * Opens the sockets; requests are told to come back later.
     *
     * @param opened stays the caller's to close
     * @param modelId name under which clients ask for it
     * @param access who may use the public socket
     * @throws CommandFailure if an address cannot be had
     */
    static InferenceServer open(OpenedModel opened, String modelId, HttpServerOptions options, PublicAccess access)
            throws CommandFailure, ModelFormatException {
        int expectedContext = ModelConfig.of(opened.source().metadata()).contextLength();
        InferenceServer server = new InferenceServer(opened, modelId, options, access, expectedContext);
        if (server.port() < 0 || server.adminPort() < 0) {
            // Helidon has logged why, and has closed what was open.
            server.http.close();
            throw new CommandFailure("the server cannot listen on " + options.host() + ":" + options.port() + " and "
                    + options.adminHost() + ":" + options.adminPort());
        }
        return server;
    }

    /** Loads and warms the model up, then lets requests in. */
    void load(KernelChoice kernels, ComputeChoice compute, EngineLimits limits)
            throws CommandFailure, ModelFormatException {
        LoadedModel model = LoadedModel.load(opened, kernels, compute, limits.stepRows(), 0);
        loaded = model;
        model.model().warmUp();
        new ServerFacts(opened, model).show(metrics);
        Engine started = Engine.start(model.model(), model.kernels(), limits.options(model.model()), metrics);
        engine = started;
        service.become(started);
        ready = true;
    }

    /**
     * Ends the process when a step of the engine takes longer than {@code limit} and {@code patience} together: see
     * {@link StallGuard}. After {@link #load}.
     */
    void exitWhenStalled(Duration limit, Duration patience) {
        Engine running = engine;
        if (running != null) {
            stallGuard = StallGuard.of(running, limit, patience);
        }
    }

    /** What was loaded; nothing before {@link #load} is done. */
    @Nullable
    LoadedModel loaded() {
        return loaded;
    }

    /** The public port. */
    int port() {
        return http.port();
    }

    /** The admin port. */
    int adminPort() {
        return http.adminPort();
    }

    /**
     * Turns not ready, lets answers under way finish, and stops.
     *
     * @param grace how long they may take
     * @return whether all were finished
     */
    boolean stop(Duration grace) throws InterruptedException {
        ready = false;
        Engine running = engine;
        boolean finished = running == null || running.drain(grace);
        if (running != null && !finished) {
            // Clients of what is still running are told, and the server below need not wait for them.
            close(running);
        }
        http.close();
        if (running != null) {
            close(running);
        }
        LoadedModel model = loaded;
        if (model != null && running != null) {
            model.close();
        }
        return finished;
    }

    /** Guarded to the end: closing an engine that hangs takes for ever. */
    private void close(Engine running) {
        running.close();
        StallGuard guard = stallGuard;
        if (guard != null) {
            guard.close();
        }
    }

    private boolean isReady() {
        Engine running = engine;
        return ready && running != null && running.healthy();
    }

    private static ConversationEncoder encoder(ChatTemplate template) {
        return (List<ChatMessage> messages) -> {
            try {
                return template.encode(messages, true);
            } catch (ChatTemplateException refusal) {
                throw new IllegalArgumentException(refusal.getMessage(), refusal);
            }
        };
    }
}
