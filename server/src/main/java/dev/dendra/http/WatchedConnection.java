// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** A connection that is counted, and that {@link ClientConnection#current()} names while it is served. */
final class WatchedConnection implements ServerConnection, InterruptableTask<Void> {
    private final ServerConnection connection;
    private final ClientConnection client;
    private final OpenConnections openConnections;

    /**
     * Serves {@code client} by means of {@code connection}.
     *
     * @param openConnections a connection too many is closed at once
     */
    WatchedConnection(ServerConnection connection, ClientConnection client, OpenConnections openConnections) {
        this.openConnections = openConnections;
        this.connection = connection;
        this.client = client;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        if (!openConnections.begin()) {
            return;
        }
        try {
            client.serve(() -> connection.handle(limit));
            client.discardUnread();
        } catch (CloseConnectionException e) {
            client.discardUnread();
            throw e;
        } finally {
            openConnections.end();
        }
    }

    @Override
    public Duration idleTime() {
        return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        connection.close(interrupt);
    }

    /** Whether it waits between two requests, so that a server that stops may end it. */
    @Override
    public boolean canInterrupt() {
        return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }
}
