// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
    private static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();

    private static final long SILENCE_MILLIS = 500;
    private static final long DISCARDING_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What reads are for. */
    private enum Phase {
        /** Nothing of the next request has come; the server's idle time-out is what ends that. */
        IDLE,
        /** A request is handled, and who reads its body watches over the time. */
        HANDLING,
        /** A request's head comes in, or the rest of a body that nobody wanted. */
        TIMED
    }

    private final DataReader source;
    private final SocketWatchdog watchdog;
    private Phase phase = Phase.TIMED;
    private long phaseStart = System.nanoTime();
    private @Nullable CompletableFuture<byte @Nullable []> ahead;
    private boolean noted;

    /**
     * Reads from {@code source}, which nobody else reads from now on.
     *
     * @param watchdog ends the connections of clients that are too slow to say what they want
     */
    ClientConnection(DataReader source, SocketWatchdog watchdog) {
        this.source = source;
        this.watchdog = watchdog;
    }

    /** The connection whose request the current thread handles; empty where there is none of this kind. */
    static Optional<ClientConnection> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** Binds {@link #current()} while {@code serving} runs. */
    void serve(Serving serving) throws InterruptedException {
        ScopedValue.where(CURRENT, this).<@Nullable Void, InterruptedException>call(() -> {
            serving.run();
            return null;
        });
    }

    /** What serves a connection until it ends. */
    interface Serving {
        void run() throws InterruptedException;
    }

    /** The head of a request has been read. */
    void requestBegins() {
        phase = Phase.HANDLING;
    }

    /**
     * The request has been answered.
     *
     * @param unread whether the client has yet to send what remains of the body
     */
    void requestEnds(boolean unread) {
        phase = unread ? Phase.TIMED : Phase.IDLE;
        phaseStart = System.nanoTime();
    }

    /** A request that the web server is about to answer by itself is in the access log already. */
    void noted() {
        noted = true;
    }

    /** Whether that was so since the last call. */
    boolean takeNoted() {
        boolean was = noted;
        noted = false;
        return was;
    }

    /**
     * The next bytes; null at the end of the stream. Blocks.
     *
     * @throws CloseConnectionException if the client took too long
     */
    @Override
    public byte @Nullable [] get() {
        if (phase != Phase.TIMED) {
            byte[] bytes = next();
            if (phase == Phase.IDLE) {
                phase = Phase.TIMED;
                phaseStart = System.nanoTime();
            }
            return bytes;
        }
        SocketWatchdog.Operation operation = watchdog.begin(phaseStart);
        try (operation) {
            return next();
        } catch (ServerConnectionException e) {
            throw operation.wasCut() ? new CloseConnectionException("The client took too long", e) : e;
        }
    }

    private byte @Nullable [] next() {
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

    /**
     * The connection is about to be closed: takes what the client is still sending of a refused request and throws it
     * away, until it hangs up, is silent for {@link #SILENCE_MILLIS} or has sent for {@link #DISCARDING_NANOS}. Closed with
     * unread bytes, the connection would be reset, and the client might lose its answer (RFC 9112, section 9.6).
     */
    void discardUnread() {
        if (phase != Phase.TIMED) {
            return;
        }
        long start = System.nanoTime();
        try {
            while (isOpen() && System.nanoTime() - start < DISCARDING_NANOS) {
                if (Objects.requireNonNull(ahead).get(SILENCE_MILLIS, TimeUnit.MILLISECONDS) == null) {
                    return; // it has hung up
                }
                ahead = null;
            }
        } catch (TimeoutException | ExecutionException silentOrGone) {
            // nothing is left to be taken
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
