// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;

/** Reads the JSON bodies of requests, up to a limit. */
final class BodyReader {
    private final int limit;

    /** Reads at most {@code limit} bytes of a body. */
    BodyReader(int limit) {
        this.limit = limit;
    }

    /**
     * The body of {@code request}, which must be a JSON object.
     *
     * @throws ApiException if it is not, or is too large
     */
    RequestReader read(ServerRequest request) {
        return new RequestReader(Json.readObject(bytes(request)));
    }

    private byte[] bytes(ServerRequest request) {
        if (!request.content().hasEntity()) {
            throw ApiException.invalid(null, "The request has no body.");
        }
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw ApiException.bodyTooLarge(limit);
            }
            return bytes;
        } catch (RequestException e) {
            // Helidon counts the bytes too
            throw e.status().code() == 413 ? ApiException.bodyTooLarge(limit) : e;
        } catch (IOException e) {
            throw new ClientGoneException("The body could not be read", e);
        }
    }
}
