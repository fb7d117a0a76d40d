// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.Optional;

/** What every request to the admin socket passes: whoever wants more than health shows a key, if keys are asked for. */
final class AdminGate implements Filter {
    private final Gatekeeper gatekeeper;

    AdminGate(Optional<ApiKeyFile> keys) {
        this.gatekeeper = new Gatekeeper(keys, Gatekeeper.ADMIN_PATHS);
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        try (Gatekeeper.Pass _ = gatekeeper.admit(request, response)) {
            chain.proceed();
        } catch (ApiException e) {
            ErrorResponse.send(response, e);
        }
    }
}
