// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.dendra.http.AccessLog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/** A JSON object for each record: time, level, logger, message, and the stack trace if there is one. */
final class JsonLineFormatter extends Formatter {
    @Override
    public String format(LogRecord record) {
        if (AccessLog.LOGGER_NAME.equals(record.getLoggerName())) {
            return record.getMessage() + System.lineSeparator();
        }
        StringBuilder line = new StringBuilder("{");
        add(
                line,
                "time",
                Instant.ofEpochMilli(record.getMillis())
                        .truncatedTo(ChronoUnit.MILLIS)
                        .toString());
        add(line, "level", record.getLevel().getName());
        add(line, "logger", String.valueOf(record.getLoggerName()));
        add(line, "message", String.valueOf(formatMessage(record)));
        if (record.getThrown() != null) {
            StringWriter trace = new StringWriter();
            record.getThrown().printStackTrace(new PrintWriter(trace, true));
            add(line, "trace", trace.toString());
        }
        return line.append('}').append(System.lineSeparator()).toString();
    }

    private static void add(StringBuilder line, String name, String value) {
        line.append(line.length() == 1 ? "\"" : ",\"").append(name).append("\":\"");
        JsonStringEncoder.getInstance().quoteAsString(value, line);
        line.append('"');
    }
}
