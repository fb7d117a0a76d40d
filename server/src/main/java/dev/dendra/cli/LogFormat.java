// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How requests are logged. */
enum LogFormat {
    /** A line of {@code key=value} pairs. */
    LOGFMT,
    /** A JSON object; what else the process logs is JSON too. */
    JSON,
    /** Not at all. */
    NONE;

    /** By its name in lower case. */
    static LogFormat ofId(String id) {
        return Arrays.stream(values())
                .filter(format -> format.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown log format '" + id + "'; known: "
                        + Arrays.stream(values()).map(LogFormat::id).collect(Collectors.joining(", "))));
    }

    private String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
