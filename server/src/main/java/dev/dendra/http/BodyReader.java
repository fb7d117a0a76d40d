// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * Reads the JSON bodies of requests. Neither one body nor many at once may fill the heap: a body has a limit, and large
 * ones, whose JSON trees take up to 25 times their size, are read a few at a time.
 */
final class BodyReader {
    private static final int LARGE_BYTES = 256 << 10;
    private static final int LARGE_AT_ONCE = 4;

    private final int limit;
    private final SocketWatchdog watchdog;
    private final Semaphore largeBodies = new Semaphore(LARGE_AT_ONCE);

    /**
     * Reads at most {@code limit} bytes of a body.
     *
     * @param watchdog ends reads that block
     */
    BodyReader(int limit, SocketWatchdog watchdog) {
        this.limit = limit;
        this.watchdog = watchdog;
    }

    /**
     * What {@code parser} makes of the body of {@code request}, which must be a JSON object.
     *
     * @throws ApiException if it is not, is too large, or comes with too many other large ones
     */
    <T> T read(ServerRequest request, Function<RequestReader, T> parser) {
        if (!request.content().hasEntity()) {
            throw ApiException.invalid(null, "The request has no body.");
        }
        InputStream in = request.content().inputStream();
        byte[] start = readUpTo(in, Math.min(limit, LARGE_BYTES) + 1);
        if (start.length <= LARGE_BYTES) {
            return parse(start, parser);
        }
        if (!largeBodies.tryAcquire()) {
            throw ApiException.overloaded(
                    "too_many_large_requests", "Too many large requests at once; try again later.");
        }
        try {
            byte[] rest = readUpTo(in, limit + 1 - start.length);
            byte[] body = Arrays.copyOf(start, start.length + rest.length);
            System.arraycopy(rest, 0, body, start.length, rest.length);
            return parse(body, parser);
        } finally {
            largeBodies.release();
        }
    }

    private <T> T parse(byte[] body, Function<RequestReader, T> parser) {
        if (body.length > limit) {
            throw ApiException.bodyTooLarge(limit);
        }
        return parser.apply(new RequestReader(Json.readObject(body)));
    }

    private byte[] readUpTo(InputStream in, int bytes) {
        try (SocketWatchdog.Operation _ = watchdog.begin()) {
            return in.readNBytes(bytes);
        } catch (RequestException e) {
            // Helidon counts the bytes too.
            throw e.status().code() == 413 ? ApiException.bodyTooLarge(limit) : e;
        } catch (NumberFormatException e) {
            // What Helidon makes of the size of a chunk that is no number; the text may be long, and is the client's.
            throw ApiException.brokenBody();
        } catch (IOException
                | UncheckedIOException
                | CloseConnectionException
                | DataReader.InsufficientDataAvailableException e) {
            throw new ClientGoneException("The body could not be read", e);
        }
    }
}
