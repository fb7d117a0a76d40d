// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Asks requests for a key and holds its owner to its limits. Nothing passes without a key but {@code GET} of the open
 * paths, spelled exactly like that: what is asked for is not looked at, so no spelling of a path leads round the check.
 */
final class Gatekeeper {
    static final HeaderName RETRY_AFTER_MILLIS = HeaderNames.create("retry-after-ms");
    private static final HeaderName LIMIT = HeaderNames.create("x-ratelimit-limit-requests");
    private static final HeaderName REMAINING = HeaderNames.create("x-ratelimit-remaining-requests");
    private static final HeaderName RESET = HeaderNames.create("x-ratelimit-reset-requests");
    private static final String SCHEME = "bearer ";

    /** Health, and the files of the page: a browser sends no key when it opens one, and they hold no secrets. */
    static final Pattern PUBLIC_PATHS = Pattern.compile("/health|/|/page/[0-9a-f]{1,64}/[a-z]{1,32}\\.[a-z]{2,4}");

    /** Health, which those who watch over processes ask for without a key. */
    static final Pattern ADMIN_PATHS = Pattern.compile("/health/live|/health/ready");

    private static final Duration CONCURRENCY_RETRY = Duration.ofSeconds(1);

    private final Optional<ApiKeyFile> file;
    private final Pattern openPaths;
    private final Map<String, KeyUsage> usages = new ConcurrentHashMap<>();

    /**
     * Lets everybody in if there is no {@code file}.
     *
     * @param openPaths what may be read without a key
     */
    Gatekeeper(Optional<ApiKeyFile> file, Pattern openPaths) {
        this.file = file;
        this.openPaths = openPaths;
    }

    /**
     * Lets a request in.
     *
     * @return its caller, to be closed when the request has been answered
     * @throws ApiException 401 without a key, 429 beyond its limits
     */
    Pass admit(ServerRequest request, ServerResponse response) {
        if (file.isEmpty() || isOpen(request)) {
            return new Pass(Caller.ANONYMOUS, () -> {});
        }
        ApiKey key = authenticate(request, response, file.get().keys());
        KeyLimits limits = key.limits();
        long now = System.nanoTime();
        KeyUsage usage = usages.computeIfAbsent(key.name(), _ -> new KeyUsage(now));
        if (limits.requestsPerMinute().isPresent()) {
            requireRate(usage.request(limits.requestsPerMinute().getAsInt(), now), key.name(), response);
        }
        requireConcurrency(usage, limits.concurrentRequests(), key.name(), response);
        return new Pass(new Caller(key.name(), limits.priorityMinimum()), usage::end);
    }

    private boolean isOpen(ServerRequest request) {
        return request.prologue().method().equals(Method.GET)
                && openPaths.matcher(request.path().rawPath()).matches();
    }

    private static ApiKey authenticate(ServerRequest request, ServerResponse response, ApiKeys keys) {
        List<String> headers = request.headers().values(HeaderNames.AUTHORIZATION);
        String header = headers.size() == 1 ? headers.getFirst() : "";
        boolean bearer = header.toLowerCase(Locale.ROOT).startsWith(SCHEME);
        Optional<ApiKey> key =
                bearer ? keys.find(header.substring(SCHEME.length()).strip()) : Optional.empty();
        if (key.isEmpty()) {
            response.header(HeaderNames.WWW_AUTHENTICATE, bearer ? "Bearer error=\"invalid_token\"" : "Bearer");
        }
        return key.orElseThrow(() -> bearer ? ApiException.wrongKey() : ApiException.noKey());
    }

    private static void requireRate(KeyUsage.RateState rate, String key, ServerResponse response) {
        response.header(LIMIT, Integer.toString(rate.limit()));
        response.header(REMAINING, Integer.toString(rate.remaining()));
        response.header(RESET, seconds(rate.untilFull()) + "s");
        if (!rate.granted()) {
            retryAfter(response, rate.untilNext());
            throw ApiException.overloaded(
                    "rate_limit_exceeded", "The key '" + key + "' allows " + rate.limit() + " requests per minute.");
        }
    }

    private static void requireConcurrency(KeyUsage usage, OptionalInt limit, String key, ServerResponse response) {
        if (!usage.begin(limit)) {
            retryAfter(response, CONCURRENCY_RETRY);
            throw ApiException.overloaded(
                    "concurrency_limit_exceeded",
                    "The key '" + key + "' allows " + limit.getAsInt() + " requests at once.");
        }
    }

    private static void retryAfter(ServerResponse response, Duration time) {
        response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds(time)));
        response.header(
                RETRY_AFTER_MILLIS,
                Long.toString(Math.max(1, time.plusNanos(999_999).toMillis())));
    }

    /** Rounded up: who comes back after so many seconds is not too early. */
    private static long seconds(Duration time) {
        return time.plusNanos(999_999_999).toSeconds();
    }

    /** A request that was let in. */
    record Pass(Caller caller, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }
}
