// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.EngineException;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an error. {@link #getMessage()} is shown to the client.
 *
 * <p>The fields are those of OpenAI's error object.
 */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The request is wrong; sending it again does not help. */
    static final String INVALID_REQUEST = "invalid_request_error";

    /** The server has no room now; sending the request again later may help. */
    static final String OVERLOADED = "rate_limit_error";

    /** The server is at fault, or is going away. */
    static final String SERVER_ERROR = "server_error";

    private static final String BROKEN_BODY = "broken_body";

    /** Longest piece of a request that an error repeats. */
    private static final int LONGEST_QUOTE = 100;

    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;

    ApiException(int status, String type, @Nullable String param, @Nullable String code, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** 400: the field {@code param} is wrong, or the body as a whole if it is null. */
    static ApiException invalid(@Nullable String param, String message) {
        return new ApiException(400, INVALID_REQUEST, param, null, message);
    }

    /** 400: the field {@code param} asks for something that this server does not do. */
    static ApiException unsupported(String param, String message) {
        return new ApiException(400, INVALID_REQUEST, param, "unsupported_parameter", message);
    }

    /** 400: the prompt does not fit. */
    static ApiException promptTooLong(String param, String message) {
        return new ApiException(400, INVALID_REQUEST, param, "context_length_exceeded", message);
    }

    /** 400: the field {@code param} constrains the answer by something that takes too long to follow. */
    static ApiException tooAmbiguous(@Nullable String param, String message) {
        return new ApiException(
                400,
                INVALID_REQUEST,
                param,
                "constraint_too_ambiguous",
                "'" + param + "' cannot be followed any further: " + message + ".");
    }

    /** 400: where the body ends cannot be told; the connection ends with the answer. */
    static ApiException brokenBody() {
        return new ApiException(400, INVALID_REQUEST, null, BROKEN_BODY, "The chunks of the body are malformed.");
    }

    /** 431: the request's header fields have more than {@code limit} bytes. */
    static ApiException headersTooLarge(int limit) {
        return new ApiException(
                431,
                INVALID_REQUEST,
                null,
                "headers_too_large",
                "The header fields are larger than the limit of " + limit + " bytes.");
    }

    /** 401: the request shows no key. */
    static ApiException noKey() {
        return new ApiException(
                401, INVALID_REQUEST, null, "missing_api_key", "This server needs a key: Authorization: Bearer KEY.");
    }

    /** 401: the request's key is not one of the server's. */
    static ApiException wrongKey() {
        return new ApiException(401, INVALID_REQUEST, null, "invalid_api_key", "Incorrect API key provided.");
    }

    /** 404: no model has this name. */
    static ApiException unknownModel(String model) {
        String shown = model.length() <= LONGEST_QUOTE ? model : model.substring(0, LONGEST_QUOTE) + "…";
        return new ApiException(
                404, INVALID_REQUEST, "model", "model_not_found", "The model '" + shown + "' does not exist.");
    }

    /** 404: no such path. */
    static ApiException unknownPath(String method, String path) {
        return new ApiException(404, INVALID_REQUEST, null, "unknown_url", "Unknown URL: " + method + " " + path);
    }

    /** 405: the path exists, but not for this method. */
    static ApiException wrongMethod(String method, String path, String allowed) {
        return new ApiException(
                405,
                INVALID_REQUEST,
                null,
                "method_not_allowed",
                method + " is not allowed on " + path + "; use " + allowed + ".");
    }

    /** 413: the body is larger than {@code limit} bytes. */
    static ApiException bodyTooLarge(long limit) {
        return new ApiException(
                413,
                INVALID_REQUEST,
                null,
                "request_too_large",
                "The request body is larger than the limit of " + limit + " bytes.");
    }

    /** 500: the server broke. */
    static ApiException internal(String message) {
        return new ApiException(500, SERVER_ERROR, null, "internal_error", message);
    }

    /** 503: the server is going away, or not there yet. */
    static ApiException unavailable(String message) {
        return new ApiException(503, SERVER_ERROR, null, "service_unavailable", message);
    }

    /** 504: the request's own deadline has passed. */
    static ApiException deadlineExceeded(String message) {
        return new ApiException(504, SERVER_ERROR, null, "deadline_exceeded", message);
    }

    /** 429: {@code code} says of what there is too much now. */
    static ApiException overloaded(String code, String message) {
        return new ApiException(429, OVERLOADED, null, code, message);
    }

    /** What a client is told when the engine did not take its request; {@code promptParam} names the prompt's field. */
    static ApiException of(EngineException refusal, String promptParam) {
        String message = String.valueOf(refusal.getMessage());
        return switch (refusal.reason()) {
            case QUEUE_FULL -> overloaded("queue_full", message);
            case PROMPT_TOO_LONG -> promptTooLong(promptParam, message);
            case NOT_READY, STOPPING -> unavailable(message);
        };
    }

    /** Whether nothing that follows on the connection can be understood. */
    boolean endsConnection() {
        return BROKEN_BODY.equals(code);
    }

    /** HTTP status. */
    int status() {
        return status;
    }

    /** Class of error. */
    String type() {
        return type;
    }

    /** The request field at fault, as a path: {@code messages[2].role}. */
    @Nullable
    String param() {
        return param;
    }

    /** Machine-readable reason. */
    @Nullable
    String code() {
        return code;
    }
}
