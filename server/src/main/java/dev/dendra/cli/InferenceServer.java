// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.energy.StepLog;
import dev.dendra.format.ModelFormatException;
import dev.dendra.http.HttpServer;
import dev.dendra.http.HttpServerOptions;
import dev.dendra.http.PublicAccess;
import dev.dendra.http.ServedModels;
import dev.dendra.metrics.ServerMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Models behind HTTP, from opening the sockets to the end of the last answer. The sockets answer from the beginning: live
 * at once, ready when all models are loaded and warm.
 */
final class InferenceServer {
    private final List<ModelInstance> instances;
    private final ServerMetrics metrics;
    private final HttpServer http;
    private Optional<EnergyMetering> energy = Optional.empty();
    private volatile boolean ready;

    private InferenceServer(
            List<ModelInstance> instances, HttpServerOptions options, PublicAccess access, ServerMetrics metrics) {
        this.instances = List.copyOf(instances);
        this.metrics = metrics;
        ServedModels models =
                new ServedModels(instances.stream().map(ModelInstance::served).toList());
        this.http = HttpServer.start(options, access, models, this::isReady, metrics);
    }

    /**
     * Opens the sockets; requests are told to come back later.
     *
     * @param models at least one, with a name each
     * @param access who may use the public socket
     * @param metrics what the admin socket shows; the models' are added when they are loaded
     * @throws CommandFailure if an address cannot be had
     */
    static InferenceServer open(
            List<NamedModel> models, HttpServerOptions options, PublicAccess access, ServerMetrics metrics)
            throws CommandFailure, ModelFormatException {
        List<ModelInstance> instances = new ArrayList<>();
        for (NamedModel model : models) {
            instances.add(ModelInstance.of(model));
        }
        InferenceServer server = new InferenceServer(instances, options, access, metrics);
        if (server.port() < 0 || server.adminPort() < 0) {
            // Helidon has logged why, and has closed what was open.
            server.http.close();
            throw new CommandFailure("the server cannot listen on " + options.host() + ":" + options.port() + " and "
                    + options.adminHost() + ":" + options.adminPort());
        }
        return server;
    }

    /** Has energy counted from when the models are loaded. Before {@link #load}. */
    void measure(EnergyMetering metering) {
        energy = Optional.of(metering);
    }

    /**
     * Loads and warms the models up one after the other, then lets requests in. They share the threads that {@code
     * compute} asks for; each has a KV cache of its own, sized by the memory that is left when its turn comes.
     */
    void load(KernelChoice kernels, ComputeChoice compute, KvCachePlan kvCaches, EngineLimits limits)
            throws CommandFailure, ModelFormatException {
        LoadedModel first = null;
        for (ModelInstance instance : instances) {
            instance.load(kernels, compute, kvCaches.of(instance.config()), limits, first);
            first = first == null ? instance.loaded() : first;
        }
        if (instances.size() == 1) {
            instances.getFirst().startAlone(limits, metrics, stepLog(limits));
        } else {
            ReentrantLock turn = new ReentrantLock(true);
            for (ModelInstance instance : instances) {
                instance.startBesideOthers(limits, metrics, stepLog(limits), turn);
            }
        }
        energy.ifPresent(metering -> metering.start(metrics));
        ready = true;
    }

    private StepLog stepLog(EngineLimits limits) {
        return energy.map(metering -> metering.newLog(limits.maximumSequences()))
                .orElseGet(StepLog::none);
    }

    /**
     * Ends the process when a step of an engine takes longer than {@code limit} and {@code patience} together: see
     * {@link StallGuard}. After {@link #load}.
     */
    void exitWhenStalled(Duration limit, Duration patience) {
        instances.forEach(instance -> instance.exitWhenStalled(limit, patience));
    }

    /** The models. */
    List<ModelInstance> instances() {
        return instances;
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
        boolean loaded = ready;
        ready = false;
        boolean finished = drain(grace);
        if (!finished) {
            // Clients of what is still running are told, and the server below need not wait for them.
            instances.forEach(ModelInstance::stopEngine);
        }
        http.close();
        instances.forEach(ModelInstance::stopEngine);
        energy.ifPresent(EnergyMetering::stop);
        if (loaded) {
            instances.forEach(ModelInstance::unload);
        }
        return finished;
    }

    private boolean drain(Duration grace) throws InterruptedException {
        // All stop taking requests before the first is waited for.
        for (ModelInstance instance : instances) {
            var _ = instance.drain(Duration.ZERO);
        }
        long deadline = System.nanoTime() + grace.toNanos();
        boolean finished = true;
        for (ModelInstance instance : instances) {
            finished &= instance.drain(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        return finished;
    }

    private boolean isReady() {
        return ready && instances.stream().allMatch(ModelInstance::healthy);
    }
}
