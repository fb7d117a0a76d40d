// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.http.AccessLog;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Logging of the process: a line for each record, on standard error. */
final class LoggingSetup {
    private static final String MANAGER = "java.util.logging.manager";

    static {
        // Before anything below asks for a logger.
        if (System.getProperty(MANAGER) == null) {
            System.setProperty(MANAGER, LastingLogManager.class.getName());
        }
    }

    /** Kept here because loggers that nobody holds lose their level. */
    private static final Logger HELIDON = Logger.getLogger("io.helidon");

    private static final ConsoleHandler HANDLER = new ConsoleHandler();

    private LoggingSetup() {}

    /** From now on every record is a line with a JSON object. */
    static void useJson() {
        HANDLER.setFormatter(new JsonLineFormatter());
    }

    /** Replaces the JDK's logging configuration. */
    static void install() {
        // Helidon would read a configuration of its own unless it sees that there is one.
        System.setProperty("java.util.logging.config.class", LoggingSetup.class.getName());
        LogManager.getLogManager().reset();
        HANDLER.setFormatter(new LineFormatter());
        Logger.getLogger("").addHandler(HANDLER);
        HELIDON.setLevel(Level.WARNING);
        if (LogManager.getLogManager() instanceof LastingLogManager lasting) {
            lasting.keep();
        }
    }

    /** Time, level, class, message; then the stack trace if there is one. */
    private static final class LineFormatter extends Formatter {
        @Override
        public String format(LogRecord record) {
            if (AccessLog.LOGGER_NAME.equals(record.getLoggerName())) {
                return record.getMessage() + System.lineSeparator();
            }
            StringBuilder line = new StringBuilder()
                    .append(Instant.ofEpochMilli(record.getMillis()).truncatedTo(ChronoUnit.MILLIS))
                    .append(' ')
                    .append(record.getLevel().getName())
                    .append(' ')
                    .append(record.getLoggerName())
                    .append(": ")
                    .append(formatMessage(record))
                    .append(System.lineSeparator());
            if (record.getThrown() != null) {
                java.io.StringWriter trace = new java.io.StringWriter();
                record.getThrown().printStackTrace(new java.io.PrintWriter(trace, true));
                line.append(trace);
            }
            return line.toString();
        }
    }
}
