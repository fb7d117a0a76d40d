// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is noted of a request while it is handled, for access log and traces. For the thread that handles it. */
final class RequestTrace {
    private static final ScopedValue<RequestTrace> CURRENT = ScopedValue.newInstance();

    private final long start = System.nanoTime();
    private final Instant startTime = Instant.now();
    private final String id;
    private final String method;
    private final Map<String, String> context;
    private final List<String> finishReasons = new ArrayList<>();
    private String caller = "";
    private String route = "other";
    private int status;
    private @Nullable String model;
    private @Nullable Duration submitted;
    private @Nullable Usage usage;
    private @Nullable Duration queued;
    private @Nullable Duration firstOutput;

    /**
     * A request that was read now.
     *
     * @param context header fields that say which trace it is part of
     */
    RequestTrace(String id, String method, Map<String, String> context) {
        this.id = id;
        this.method = method;
        this.context = Map.copyOf(context);
    }

    /** That of the current thread's request; one that nobody sees if there is none. */
    static RequestTrace current() {
        return CURRENT.isBound() ? CURRENT.get() : new RequestTrace("", "", Map.of());
    }

    /** Runs {@code handling} of the request. */
    void run(Runnable handling) {
        ScopedValue.where(CURRENT, this).run(handling);
    }

    /** The key's name is known. */
    void calledBy(String name) {
        caller = name;
    }

    /** The request went to {@code route} and was answered with {@code status}. */
    void answered(String route, int status) {
        this.route = route;
        this.status = status;
    }

    /** {@code model} generates for it from now on. */
    void asks(String model) {
        this.model = model;
        submitted = elapsed();
    }

    /** The first text is there. */
    void outputBegins() {
        if (firstOutput == null) {
            firstOutput = elapsed();
        }
    }

    /** A choice ended for {@code reason}. */
    void finished(String reason) {
        finishReasons.add(reason);
    }

    /** It is over: what it used, and how long it waited, if it got that far. */
    void used(Usage usage, @Nullable Duration queued) {
        this.usage = usage;
        this.queued = queued;
    }

    /** Since the request was read. */
    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** When the request was read. */
    Instant startTime() {
        return startTime;
    }

    Map<String, String> context() {
        return context;
    }

    /** From the start until a model was asked. */
    @Nullable
    Duration submitted() {
        return submitted;
    }

    String id() {
        return id;
    }

    String method() {
        return method;
    }

    String caller() {
        return caller;
    }

    String route() {
        return route;
    }

    int status() {
        return status;
    }

    @Nullable
    String model() {
        return model;
    }

    @Nullable
    Usage usage() {
        return usage;
    }

    @Nullable
    Duration queued() {
        return queued;
    }

    @Nullable
    Duration firstOutput() {
        return firstOutput;
    }

    List<String> finishReasons() {
        return List.copyOf(finishReasons);
    }
}
