// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** {@code GET /openapi.yaml}: the description of this API, OpenAPI 3.1. */
final class OpenApiDocument {
    private static final String RESOURCE = "openapi.yaml";

    private final byte[] yaml = read();

    /** Sends it. */
    void send(ServerRequest request, ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, MediaTypes.YAML);
        response.send(yaml);
    }

    private static byte[] read() {
        try (InputStream in = OpenApiDocument.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the build");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
