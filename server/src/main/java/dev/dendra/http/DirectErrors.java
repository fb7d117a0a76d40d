// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.Optional;

/** Gives the error shape to what the web server refuses by itself, before any route is asked, and notes it. */
final class DirectErrors implements DirectHandler {
    private final long bodyLimit;
    private final Optional<RequestNotes> notes;

    private DirectErrors(long bodyLimit, Optional<RequestNotes> notes) {
        this.bodyLimit = bodyLimit;
        this.notes = notes;
    }

    /** For all kinds of refusal; where there are {@code notes}, they are noted. */
    static DirectHandlers handlers(long bodyLimit, Optional<RequestNotes> notes) {
        DirectErrors errors = new DirectErrors(bodyLimit, notes);
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            builder.addHandler(type, errors);
        }
        return builder.build();
    }

    @Override
    public TransportResponse handle(
            TransportRequest request, EventType type, Status status, ServerResponseHeaders headers, String message) {
        notes.ifPresent(written -> note(written, request, status));
        return TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON)
                .keepAlive(type.keepAlive())
                .entity(Json.write(ErrorResponse.body(error(status, message))))
                .build();
    }

    private static void note(RequestNotes notes, TransportRequest request, Status status) {
        if (!ClientConnection.current().map(ClientConnection::takeNoted).orElse(false)) {
            notes.refused(notes.begin(request.headers(), request.method()), status.code());
        }
    }

    private ApiException error(Status status, String message) {
        if (status.code() == 413) {
            return ApiException.bodyTooLarge(bodyLimit);
        }
        if (status.code() >= 500) {
            return new ApiException(
                    status.code(),
                    ApiException.SERVER_ERROR,
                    null,
                    "internal_error",
                    "The server failed to answer this request.");
        }
        String shown = message == null || message.isBlank() ? status.reasonPhrase() : message;
        return new ApiException(status.code(), ApiException.INVALID_REQUEST, null, "bad_request", shown);
    }
}
