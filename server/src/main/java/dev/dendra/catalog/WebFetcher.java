// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Fetches a file from a web server, following redirects. */
final class WebFetcher implements OriginFetcher<ModelOrigin.Web> {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private final Duration stallTimeout;

    /** A fetcher that gives up when no byte arrives for {@code stallTimeout}. */
    WebFetcher(Duration stallTimeout) {
        this.stallTimeout = stallTimeout;
    }

    @Override
    public void fetch(ModelOrigin.Web origin, CatalogModel model, Path target, FetchProgress progress)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build()) {
            try {
                download(client, origin, model, target, progress);
            } finally {
                // An abandoned body would keep close() waiting for its end.
                client.shutdownNow();
            }
        }
    }

    private void download(
            HttpClient client, ModelOrigin.Web origin, CatalogModel model, Path target, FetchProgress progress)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(origin.address())
                .timeout(ANSWER_TIMEOUT)
                .header("User-Agent", "dendra")
                .build();
        HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException("the server answered with status " + response.statusCode());
            }
            progress.started("Fetching " + model.fileName(), model.bytes());
            try {
                save(body, model, target, progress);
            } finally {
                progress.finished();
            }
        }
    }

    private void save(InputStream body, CatalogModel model, Path target, FetchProgress progress) throws IOException {
        AtomicLong lastByte = new AtomicLong(System.nanoTime());
        try (ScheduledExecutorService watchdog =
                Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory())) {
            long period = Math.max(1, stallTimeout.toMillis() / 10);
            Future<?> watch = watchdog.scheduleAtFixedRate(
                    () -> closeIfStalled(body, lastByte), period, period, TimeUnit.MILLISECONDS);
            try {
                VerifiedFile.save(body, model, target, bytes -> {
                    lastByte.set(System.nanoTime());
                    progress.advanced(bytes);
                });
            } catch (IOException e) {
                if (stalled(lastByte)) {
                    throw new IOException("no data came for " + stallTimeout.toSeconds() + " s", e);
                }
                throw e;
            } finally {
                watch.cancel(false);
            }
        }
    }

    private boolean stalled(AtomicLong lastByte) {
        return System.nanoTime() - lastByte.get() > stallTimeout.toNanos();
    }

    private void closeIfStalled(InputStream body, AtomicLong lastByte) {
        if (stalled(lastByte)) {
            try {
                body.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
