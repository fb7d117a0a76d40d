// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.dendra.http.AccessLogFormat;
import dev.dendra.http.ApiKeyFile;
import dev.dendra.http.ApiKeyFileException;
import dev.dendra.http.PublicAccess;
import dev.dendra.http.ServerTls;
import dev.dendra.http.TlsFileException;
import dev.dendra.tracing.RequestTracer;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may use the API, and how. */
final class AccessArguments {
    private static final Pattern ORIGIN = Pattern.compile("https?://([a-z0-9.-]+|\\[[0-9a-f:]+])(:[0-9]{1,5})?");
    /** File descriptors for all but connections: the model, jars, the admin socket and its clients. */
    private static final long OTHER_DESCRIPTORS = 256;

    @Option(
            names = "--api-keys",
            paramLabel = "FILE",
            defaultValue = "${env:DENDRA_API_KEYS}",
            description =
                    "Keys that open the API, a line for each: ./dendra key NAME makes one (env: DENDRA_API_KEYS).")
    private @Nullable Path keys;

    @Option(
            names = "--admin-api-keys",
            paramLabel = "FILE",
            defaultValue = "${env:DENDRA_ADMIN_API_KEYS}",
            description =
                    "Keys that open the metrics of the admin socket, in the same form; its health needs none (env:"
                            + " DENDRA_ADMIN_API_KEYS; default: no key).")
    private @Nullable Path adminKeys;

    @Option(names = "--tls-cert", paramLabel = "PEM", description = "Certificate chain of the API's socket.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "PEM", description = "Its private key, PKCS#8 without a password.")
    private @Nullable Path privateKey;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            description = "Web page whose scripts may use the API, as scheme://host:port; repeatable (default: none).")
    private List<String> origins = List.of();

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            converter = IntegerConverter.Positive.class,
            description = "Most open connections to the API (default: 16384, or what open files allow).")
    private @Nullable Integer maximumConnections;

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "logfmt",
            converter = WordConverter.OfLogFormat.class,
            description = "Access log on standard error, a line a request: logfmt, json (then all lines are) or none "
                    + "(default: ${DEFAULT-VALUE}).")
    private LogFormat logFormat = LogFormat.LOGFMT;

    /** How the process logs. */
    LogFormat logFormat() {
        return logFormat;
    }

    /**
     * Reads the files.
     *
     * @param tracer what is told of each request
     * @throws CommandFailure naming the option and what is wrong with it
     */
    PublicAccess read(Optional<RequestTracer> tracer) throws CommandFailure {
        return new PublicAccess(
                keys("--api-keys", keys),
                keys("--admin-api-keys", adminKeys),
                tls(),
                origins(),
                connections(),
                accessLog(),
                tracer);
    }

    private static Optional<ApiKeyFile> keys(String option, @Nullable Path file) throws CommandFailure {
        if (file == null || file.toString().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(ApiKeyFile.open(file));
        } catch (ApiKeyFileException e) {
            throw new CommandFailure(option + ": " + e.getMessage(), e);
        }
    }

    private Optional<ServerTls> tls() throws CommandFailure {
        if (certificate == null && privateKey == null) {
            return Optional.empty();
        }
        if (certificate == null || privateKey == null) {
            throw new CommandFailure("--tls-cert and --tls-key belong together");
        }
        try {
            return Optional.of(ServerTls.load(certificate, privateKey));
        } catch (TlsFileException e) {
            throw new CommandFailure("TLS: " + e.getMessage(), e);
        }
    }

    private Set<String> origins() throws CommandFailure {
        for (String origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw new CommandFailure("--cors-origin: '" + origin
                        + "' is no origin as browsers spell it, such as https://chat.example.com or "
                        + "http://localhost:3000; there is no wildcard");
            }
        }
        return new LinkedHashSet<>(origins);
    }

    private int connections() throws CommandFailure {
        long possible = possibleConnections();
        if (maximumConnections == null) {
            return (int) Math.min(PublicAccess.MAXIMUM_CONNECTIONS, possible);
        }
        if (maximumConnections > possible) {
            throw new CommandFailure("--max-connections " + maximumConnections + " is more than the " + possible
                    + " that the limit on open files allows (ulimit -n)");
        }
        return maximumConnections;
    }

    private static long possibleConnections() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? Math.max(1, system.getMaxFileDescriptorCount() - OTHER_DESCRIPTORS)
                : Integer.MAX_VALUE;
    }

    private Optional<AccessLogFormat> accessLog() {
        return switch (logFormat) {
            case LOGFMT -> Optional.of(AccessLogFormat.LOGFMT);
            case JSON -> Optional.of(AccessLogFormat.JSON);
            case NONE -> Optional.empty();
        };
    }
}
