// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.util.Set;

/** HTTP/1.1 connections that know whether their client is still there: see {@link ClientConnection}. */
final class WatchedConnectionSelector implements ServerConnectionSelector {
    private final Http1ConnectionSelector http1;
    private final SocketWatchdog watchdog;
    private final OpenConnections openConnections;

    /**
     * Makes connections as {@code http1} does.
     *
     * @param watchdog ends the connections of clients that are too slow to say what they want
     */
    WatchedConnectionSelector(Http1ConnectionSelector http1, SocketWatchdog watchdog, OpenConnections openConnections) {
        this.http1 = http1;
        this.watchdog = watchdog;
        this.openConnections = openConnections;
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http1.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return http1.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http1.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        ClientConnection client = new ClientConnection(context.dataReader(), watchdog);
        return new WatchedConnection(
                http1.connection(new WatchedConnectionContext(context, client)), client, openConnections);
    }
}
