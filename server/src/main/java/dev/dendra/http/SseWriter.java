// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes server-sent events (WHATWG HTML, section 9.2), each in one chunk on the wire. The response begins with the first
 * event, so until then it can still become an error with its own status.
 *
 * <p>It writes to the response's stream rather than to Helidon's SSE sink, which turns away clients that do not say
 * {@code Accept: text/event-stream}.
 */
final class SseWriter {
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] END_OF_EVENT = ascii("\n\n");
    private static final byte[] ERROR_EVENT = ascii("event: error\n");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] PING = ascii(": ping\n\n");

    private final ServerResponse response;
    private final SocketWatchdog watchdog;
    private @Nullable OutputStream out;
    private long lastWrite = System.nanoTime();

    SseWriter(ServerResponse response, SocketWatchdog watchdog) {
        this.response = response;
        this.watchdog = watchdog;
    }

    /** {@code data: {…}}. */
    void data(ObjectNode event) {
        write(concatenate(DATA, Json.write(event), END_OF_EVENT));
    }

    /** {@code event: name} and {@code data: {…}}. */
    void event(String name, ObjectNode event) {
        write(concatenate(ascii("event: " + name + "\n"), DATA, Json.write(event), END_OF_EVENT));
    }

    /** {@code event: error} with an error object, for a failure after the response has begun. */
    void error(ApiException error) {
        write(concatenate(ERROR_EVENT, DATA, Json.write(ErrorResponse.body(error)), END_OF_EVENT));
    }

    /** A comment, which clients skip: keeps proxies from giving up, and shows whether the client is there. */
    void ping() {
        write(PING);
    }

    /** {@code data: [DONE]} and the end of the response. */
    void done() {
        write(DONE);
        try (SocketWatchdog.Operation _ = watchdog.begin()) {
            stream().close();
        } catch (IOException | UncheckedIOException | CloseConnectionException e) {
            throw new ClientGoneException("The end of the response could not be written", e);
        }
    }

    /** Whether the response has begun. */
    boolean isBegun() {
        return out != null;
    }

    /** Nanoseconds since the last event, or since this was made. */
    long idleNanos() {
        return System.nanoTime() - lastWrite;
    }

    private void write(byte[] event) {
        try (SocketWatchdog.Operation _ = watchdog.begin()) {
            OutputStream stream = stream();
            stream.write(event);
            stream.flush();
        } catch (IOException | UncheckedIOException | CloseConnectionException e) {
            throw new ClientGoneException("An event could not be written", e);
        }
        lastWrite = System.nanoTime();
    }

    private OutputStream stream() {
        if (out == null) {
            response.header(HeaderNames.CONTENT_TYPE, MediaTypes.EVENT_STREAM);
            response.header(HeaderNames.CACHE_CONTROL, "no-cache");
            out = response.outputStream();
        }
        return out;
    }

    private static byte[] concatenate(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
