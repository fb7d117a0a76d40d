// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

/** Errors on the wire: {@code {"error":{"message","type","param","code"}}}, always with all four keys. */
final class ErrorResponse {
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final String RETRY_AFTER_MILLIS = "1000";

    private ErrorResponse() {}

    /** The body. */
    static ObjectNode body(ApiException error) {
        ObjectNode body = Json.object();
        body.putObject("error")
                .put("message", error.getMessage())
                .put("type", error.type())
                .put("param", error.param())
                .put("code", error.code());
        return body;
    }

    /** Sends status, headers and body; clients of a busy server come back after a second unless a header says otherwise. Nothing may have been sent before. */
    static void send(ServerResponse response, ApiException error) {
        response.status(Status.create(error.status()));
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        if (error.endsConnection()) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        boolean temporary = error.status() == 429 || error.status() == 503;
        if (temporary && !response.headers().contains(HeaderNames.RETRY_AFTER)) {
            response.header(HeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
            response.header(Gatekeeper.RETRY_AFTER_MILLIS, RETRY_AFTER_MILLIS);
        }
        response.send(Json.write(body(error)));
    }
}
