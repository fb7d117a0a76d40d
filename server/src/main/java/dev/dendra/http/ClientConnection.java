// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.ServerConnectionException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of a client's connection. While a request is being handled, nobody reads; so that a client that hangs
 * up is noticed all the same, {@link #isOpen()} reads ahead in the background, and what it reads is handed out when the
 * next request is due. For the connection's own thread only.
 *
 * <p>A client that closes only its sending half looks as if it had gone.
 */
final class ClientConnection implements Supplier<byte @Nullable []> {
    /** The connection whose request the current thread handles. */
    static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();

    private final DataReader source;
    private @Nullable CompletableFuture<byte @Nullable []> ahead;

    /** Reads from {@code source}, which nobody else reads from now on. */
    ClientConnection(DataReader source) {
        this.source = source;
    }

    /** The next bytes; null at the end of the stream. Blocks. */
    @Override
    public byte @Nullable [] get() {
        if (ahead == null) {
            return read();
        }
        CompletableFuture<byte @Nullable []> started = ahead;
        ahead = null;
        try {
            return started.get();
        } catch (ExecutionException e) {
            throw new ServerConnectionException("Failed to read from the client", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServerConnectionException("Interrupted while reading from the client", e);
        }
    }

    /** Whether the client is still there, as far as can be known without writing to it. */
    boolean isOpen() {
        if (ahead == null) {
            CompletableFuture<byte @Nullable []> started = new CompletableFuture<>();
            Thread.ofVirtual().name("read-ahead").start(() -> readInto(started));
            ahead = started;
        }
        return !ahead.isDone() || (!ahead.isCompletedExceptionally() && ahead.getNow(null) != null);
    }

    private void readInto(CompletableFuture<byte @Nullable []> result) {
        try {
            result.complete(read());
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private byte @Nullable [] read() {
        try {
            source.ensureAvailable();
            return source.readBytes(source.available());
        } catch (DataReader.InsufficientDataAvailableException endOfStream) {
            return null;
        }
    }
}
