// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Fetches the page of a server's metrics. */
record MetricsScraper(HttpClient http, URI url) {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /**
     * What the page says now.
     *
     * @throws IOException if there is no such page
     */
    ServerMetrics scrape() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(TIMEOUT)
                .header("Accept", "text/plain")
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(url + " answers HTTP " + response.statusCode());
        }
        return ServerMetrics.parse(response.body());
    }
}
