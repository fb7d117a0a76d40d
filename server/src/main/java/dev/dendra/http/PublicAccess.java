// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.tracing.RequestTracer;
import java.util.Optional;
import java.util.Set;

/**
 * Who may use the public socket, and how; and who the admin socket.
 *
 * @param keys what opens the public socket; empty for everybody
 * @param adminKeys what opens the metrics of the admin socket; empty for everybody
 * @param tls certificate and key; empty for plain HTTP
 * @param origins web pages, as {@code scheme://host:port}, whose scripts may use it; none by default
 * @param maximumConnections most open connections; further ones are closed at once
 * @param accessLog how requests are noted; empty for not at all
 * @param tracer what is told of each request; empty for nothing
 */
public record PublicAccess(
        Optional<ApiKeyFile> keys,
        Optional<ApiKeyFile> adminKeys,
        Optional<ServerTls> tls,
        Set<String> origins,
        int maximumConnections,
        Optional<AccessLogFormat> accessLog,
        Optional<RequestTracer> tracer) {

    /** Connections where nothing else is said. */
    public static final int MAXIMUM_CONNECTIONS = 16_384;

    /** Checks the ranges. */
    public PublicAccess {
        origins = Set.copyOf(origins);
        if (maximumConnections < 1) {
            throw new IllegalArgumentException("maximumConnections must be at least 1, got " + maximumConnections);
        }
    }

    /** The same without keys for the admin socket and without traces. */
    public PublicAccess(
            Optional<ApiKeyFile> keys,
            Optional<ServerTls> tls,
            Set<String> origins,
            int maximumConnections,
            Optional<AccessLogFormat> accessLog) {
        this(keys, Optional.empty(), tls, origins, maximumConnections, accessLog, Optional.empty());
    }

    /** Everybody, over plain HTTP, without a log. */
    public static PublicAccess open() {
        return new PublicAccess(Optional.empty(), Optional.empty(), Set.of(), MAXIMUM_CONNECTIONS, Optional.empty());
    }
}
