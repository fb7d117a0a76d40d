// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.metrics.ServerMetrics;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** Puts round a handler what all endpoints share: errors as JSON, and the count of requests. */
final class Endpoint implements Handler {
    /** Status under which a request counts whose client went away; the number is nginx's. */
    static final int CLIENT_GONE = 499;

    private static final System.Logger LOGGER = System.getLogger(Endpoint.class.getName());

    private final String name;
    private final ServerMetrics metrics;
    private final Handler handler;

    /** Counts requests to {@code handler} as {@code name}. */
    Endpoint(String name, ServerMetrics metrics, Handler handler) {
        this.name = name;
        this.metrics = metrics;
        this.handler = handler;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws Exception {
        int status = CLIENT_GONE;
        try {
            handler.handle(request, response);
            status = response.status().code();
        } catch (ApiException e) {
            status = e.status();
            ErrorResponse.send(response, e);
        } catch (ClientGoneException e) {
            throw new CloseConnectionException("The client is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("The server stops", e);
        } catch (RequestException e) {
            status = e.status().code();
            throw e;
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            status = 500;
            LOGGER.log(System.Logger.Level.ERROR, () -> "A request to " + name + " failed", e);
            if (response.isSent()) {
                throw new CloseConnectionException("The response has begun and cannot become an error", e);
            }
            ErrorResponse.send(response, ApiException.internal("The server failed to answer this request."));
        } finally {
            metrics.request(name, status);
            RequestTrace.current().answered(name, status);
        }
    }
}
