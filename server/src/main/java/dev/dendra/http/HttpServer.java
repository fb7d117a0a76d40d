// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The OpenAI-style API on a public socket, metrics and health on an admin socket.
 *
 * <p>It installs no shutdown hook. To stop without breaking answers off: let the readiness supplier say no, so that load
 * balancers look elsewhere; drain the engine, which answers new requests with 503; then close this server, which waits
 * for what is still being written.
 */
public final class HttpServer implements AutoCloseable {
    private static final String ADMIN = "admin";
    private static final Duration IDLE_CONNECTION_TIMEOUT = Duration.ofMinutes(5);
    /** Beyond what {@link PublicGate} takes, so that it can say so. */
    private static final int MAXIMUM_HEADER_BYTES = 2 * PublicGate.MAXIMUM_HEADER_BYTES;

    private static final List<String> TLS_VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private final WebServer server;
    private final SocketWatchdog watchdog;

    private HttpServer(WebServer server, SocketWatchdog watchdog) {
        this.server = server;
        this.watchdog = watchdog;
    }

    /**
     * Starts to listen.
     *
     * @param options where, and with which limits
     * @param models what is served
     * @param ready whether requests are welcome: what {@code /health/ready} says
     * @param metrics what {@code /metrics} shows, and where requests are counted
     * @throws java.io.UncheckedIOException if a socket cannot be bound
     */
    public static HttpServer start(
            HttpServerOptions options, ServedModels models, BooleanSupplier ready, ServerMetrics metrics) {
        return start(options, PublicAccess.open(), models, ready, metrics);
    }

    /**
     * Starts to listen.
     *
     * @param options where, and with which limits
     * @param access who may use the public socket
     * @param models what is served
     * @param ready whether requests are welcome: what {@code /health/ready} says
     * @param metrics what {@code /metrics} shows, and where requests are counted
     * @throws java.io.UncheckedIOException if a socket cannot be bound
     */
    public static HttpServer start(
            HttpServerOptions options,
            PublicAccess access,
            ServedModels models,
            BooleanSupplier ready,
            ServerMetrics metrics) {
        SocketWatchdog watchdog = new SocketWatchdog(options.clientTimeout());
        AdminRoutes admin = new AdminRoutes(metrics, ready);
        PublicRoutes routes = new PublicRoutes(options, models, admin, metrics, watchdog);
        RequestNotes notes = new RequestNotes(access.accessLog(), access.tracer(), metrics);
        OpenConnections openConnections = new OpenConnections(access.maximumConnections());
        WebServerConfig.Builder builder = WebServer.builder();
        access.tls().ifPresent(tls -> builder.tls(tls(tls)));
        WebServer server = builder.host(options.host())
                .port(options.port())
                .maxPayloadSize(options.maximumBodyBytes())
                .shutdownGracePeriod(options.shutdownGracePeriod())
                .connectionOptions(HttpServer::sendAtOnce)
                .shutdownHook(false)
                .idleConnectionTimeout(IDLE_CONNECTION_TIMEOUT)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(new WatchedConnectionSelector(http1(), watchdog, openConnections))
                .directHandlers(DirectErrors.handlers(options.maximumBodyBytes(), Optional.of(notes)))
                .routing((HttpRouting.Builder routing) -> {
                    routing.addFilter(new LastRequestFilter());
                    routing.addFilter(new PublicGate(access, notes));
                    routes.register(routing);
                })
                .putSocket(
                        ADMIN,
                        (ListenerConfig.Builder socket) -> socket.host(options.adminHost())
                                .port(options.adminPort())
                                .shutdownGracePeriod(options.shutdownGracePeriod())
                                .connectionOptions(HttpServer::sendAtOnce)
                                .directHandlers(DirectErrors.handlers(options.maximumBodyBytes(), Optional.empty())))
                .routing(ADMIN, (HttpRouting.Builder routing) -> {
                    routing.addFilter(new LastRequestFilter());
                    routing.addFilter(new AdminGate(access.adminKeys()));
                    admin.register(routing);
                })
                .build()
                .start();
        return new HttpServer(server, watchdog);
    }

    /** The public port. */
    public int port() {
        return server.port();
    }

    /** The admin port. */
    public int adminPort() {
        return server.port(ADMIN);
    }

    /** Takes no more connections, waits for the answers under way up to the grace period, and ends the rest. */
    @Override
    public void close() {
        server.stop();
        watchdog.close();
    }

    /** Otherwise what is written waits until the client has acknowledged what was written before, which may take it 40 ms. */
    private static void sendAtOnce(SocketOptions.Builder socket) {
        socket.tcpNoDelay(true);
    }

    private static Tls tls(ServerTls files) {
        return Tls.builder()
                .sslContext(files.context())
                .enabledProtocols(TLS_VERSIONS)
                .build();
    }

    private static Http1ConnectionSelector http1() {
        return Http1ConnectionSelector.builder()
                .config(Http1Config.builder()
                        .maxHeadersSize(MAXIMUM_HEADER_BYTES)
                        .build())
                .build();
    }
}
