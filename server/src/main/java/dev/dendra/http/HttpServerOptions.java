// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.time.Duration;

/**
 * Where a server listens, and its limits.
 *
 * @param host address of the public socket
 * @param port of the public socket; 0 for any free one
 * @param adminHost address of the socket for metrics and health
 * @param adminPort of that socket; 0 for any free one
 * @param maximumBodyBytes largest request body
 * @param pingInterval longest silence on a stream before a comment is sent
 * @param clientTimeout longest time that a client may take to send its body, or to make room for more of an answer
 * @param shutdownGracePeriod how long {@link HttpServer#close()} waits for answers under way
 */
public record HttpServerOptions(
        String host,
        int port,
        String adminHost,
        int adminPort,
        int maximumBodyBytes,
        Duration pingInterval,
        Duration clientTimeout,
        Duration shutdownGracePeriod) {

    /** Loopback only: ports 8080 and 9090, bodies up to 4 MiB. */
    public static HttpServerOptions defaults() {
        return new HttpServerOptions(
                "127.0.0.1",
                8080,
                "127.0.0.1",
                9090,
                4 << 20,
                Duration.ofMillis(500),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }

    /** The same, with the public socket at {@code host} and {@code port}. */
    public HttpServerOptions withAddress(String host, int port) {
        return new HttpServerOptions(
                host, port, adminHost, adminPort, maximumBodyBytes, pingInterval, clientTimeout, shutdownGracePeriod);
    }

    /** The same, with the admin socket at {@code host} and {@code port}. */
    public HttpServerOptions withAdminAddress(String host, int port) {
        return new HttpServerOptions(
                this.host, this.port, host, port, maximumBodyBytes, pingInterval, clientTimeout, shutdownGracePeriod);
    }

    /** The same, with other times. */
    public HttpServerOptions withTimes(Duration pingInterval, Duration clientTimeout, Duration shutdownGracePeriod) {
        return new HttpServerOptions(
                host, port, adminHost, adminPort, maximumBodyBytes, pingInterval, clientTimeout, shutdownGracePeriod);
    }
}
