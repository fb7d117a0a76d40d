// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;

/** Sends JSON, and gives up on clients that do not read it. */
final class JsonResponder {
    private final SocketWatchdog watchdog;

    /** Ends writes that block by {@code watchdog}. */
    JsonResponder(SocketWatchdog watchdog) {
        this.watchdog = watchdog;
    }

    /**
     * Sends {@code answer} with status 200.
     *
     * @throws ClientGoneException if the client does not take it
     */
    void send(ServerResponse response, JsonNode answer) {
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        try (SocketWatchdog.Operation _ = watchdog.begin()) {
            response.send(Json.write(answer));
        } catch (UncheckedIOException | CloseConnectionException e) {
            throw new ClientGoneException("The answer could not be written", e);
        }
    }
}
