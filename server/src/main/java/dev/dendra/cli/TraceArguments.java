// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.tracing.RequestTracer;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where traces go. */
final class TraceArguments {
    private static final Set<String> SCHEMES = Set.of("http", "https");

    @Option(
            names = "--otlp-endpoint",
            paramLabel = "URL",
            description = "OpenTelemetry collector that gets a trace of each request, over HTTP, such as"
                    + " http://127.0.0.1:4318 (default: none).")
    private @Nullable String endpoint;

    @Option(
            names = "--otlp-sample",
            paramLabel = "SHARE",
            defaultValue = "1",
            description = "Share of the requests that are traced where their sender has not decided, 0 to 1 (default:"
                    + " ${DEFAULT-VALUE}).")
    private double share;

    /**
     * What makes traces; nothing if nobody wants them.
     *
     * @throws CommandFailure naming the option and what is wrong with it
     */
    Optional<RequestTracer> tracer() throws CommandFailure {
        if (!(share >= 0 && share <= 1)) {
            throw new CommandFailure("--otlp-sample " + share + " is not between 0 and 1");
        }
        return endpoint == null
                ? Optional.empty()
                : Optional.of(RequestTracer.toCollector(address(endpoint), share, DendraCommand.Version.text()));
    }

    private static URI address(String text) throws CommandFailure {
        try {
            URI address = new URI(text);
            if (SCHEMES.contains(String.valueOf(address.getScheme())) && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException invalid) {
            // said below
        }
        throw new CommandFailure("--otlp-endpoint: '" + text + "' is no address like http://127.0.0.1:4318");
    }
}
