// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;

/** Binds {@link ClientConnection#CURRENT} while a connection is served. */
final class WatchedConnection implements ServerConnection, InterruptableTask<Void> {
    private final ServerConnection connection;
    private final ClientConnection client;

    WatchedConnection(ServerConnection connection, ClientConnection client) {
        this.connection = connection;
        this.client = client;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        ScopedValue.where(ClientConnection.CURRENT, client).<Void, InterruptedException>call(() -> {
            connection.handle(limit);
            return null;
        });
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
