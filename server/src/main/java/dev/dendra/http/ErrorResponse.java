// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;

/** Errors on the wire: {@code {"error":{"message","type","param","code"}}}, always with all four keys. */
final class ErrorResponse {
    private static final String RETRY_AFTER_SECONDS = "1";

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

    /** Sends status, headers and body. Nothing may have been sent before. */
    static void send(ServerResponse response, ApiException error) {
        response.status(Status.create(error.status()));
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.JSON);
        if (error.status() == 429 || error.status() == 503) {
            response.header(HeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response.send(Json.write(body(error)));
    }
}
