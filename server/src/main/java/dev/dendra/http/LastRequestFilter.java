// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/**
 * Closes the connection behind the answer to a request with {@code Connection: close} (RFC 9112, section 9.6). Helidon
 * answers with the same header and then waits for a further request.
 */
final class LastRequestFilter implements Filter {
    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        if (request.headers().contains(HeaderValues.CONNECTION_CLOSE) && response.isSent()) {
            throw new CloseConnectionException("The client wants no further answer");
        }
    }
}
