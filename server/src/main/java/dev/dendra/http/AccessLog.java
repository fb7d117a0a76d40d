// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line for each request to the logger {@link #LOGGER_NAME}. Nothing that a client wrote is in it but its request
 * id: no prompts, no paths, no headers.
 */
public final class AccessLog {
    /** Its records are whole lines. */
    public static final String LOGGER_NAME = "dev.dendra.http.access";

    private static final System.Logger LOGGER = System.getLogger(LOGGER_NAME);
    private static final Pattern BARE = Pattern.compile("[\\x21\\x23-\\x3c\\x3e-\\x5b\\x5d-\\x7e]+");

    private final AccessLogFormat format;

    AccessLog(AccessLogFormat format) {
        this.format = format;
    }

    /** The request has been answered. */
    void log(RequestTrace trace) {
        ObjectNode fields = fields(trace, Instant.now().truncatedTo(ChronoUnit.MILLIS));
        LOGGER.log(System.Logger.Level.INFO, () -> line(fields));
    }

    /** {@code fields} as a line. */
    String line(ObjectNode fields) {
        return switch (format) {
            case LOGFMT -> logfmt(fields);
            case JSON -> new String(Json.write(fields), StandardCharsets.UTF_8);
        };
    }

    /** What a line says; what does not apply is left out. */
    static ObjectNode fields(RequestTrace trace, Instant time) {
        ObjectNode fields = Json.object().put("time", time.toString()).put("id", trace.id());
        if (!trace.caller().isEmpty()) {
            fields.put("key", trace.caller());
        }
        fields.put("method", trace.method()).put("route", trace.route());
        if (trace.model() != null) {
            fields.put("model", trace.model());
        }
        fields.put("status", trace.status());
        Usage usage = trace.usage();
        if (usage != null) {
            fields.put("prompt_tokens", usage.promptTokens())
                    .put("completion_tokens", usage.completionTokens())
                    .put("cached_tokens", usage.cachedTokens());
        }
        putMillis(fields, "queue_ms", trace.queued());
        putMillis(fields, "ttft_ms", trace.firstOutput());
        putMillis(fields, "duration_ms", trace.elapsed());
        if (!trace.finishReasons().isEmpty()) {
            fields.put("finish_reason", String.join(",", trace.finishReasons()));
        }
        return fields;
    }

    private static void putMillis(ObjectNode fields, String name, @Nullable Duration time) {
        if (time != null) {
            fields.put(name, BigDecimal.valueOf(time.toNanos()).movePointLeft(6).setScale(2, RoundingMode.HALF_UP));
        }
    }

    private static String logfmt(ObjectNode fields) {
        StringJoiner line = new StringJoiner(" ");
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            String value = field.getValue().asText();
            // Quoted as JSON does it, which no value can break out of.
            line.add(field.getKey() + "="
                    + (BARE.matcher(value).matches()
                            ? value
                            : new String(Json.write(field.getValue()), StandardCharsets.UTF_8)));
        }
        return line.toString();
    }
}
