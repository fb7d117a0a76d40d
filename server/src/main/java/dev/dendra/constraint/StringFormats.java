// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the values of the keyword {@code format} stand for, as regular expressions. Each accepts a part of what its
 * standard does: no calendar knows the 30th of February, and days here go to 28, 30 or 31 by the month.
 */
final class StringFormats {
    private static final String DATE = "\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))";
    private static final String TIME =
            "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String HOST = LABEL + "(?:\\." + LABEL + "){0,2}";
    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
    private static final String GROUP = "[0-9A-Fa-f]{1,4}";
    private static final String HEX = "[0-9A-Fa-f]";
    private static final String ATOM = "[A-Za-z0-9_+-]+";

    /** RFC 3339, 5321, 1123, 2673, 4291, 4122 and ISO 8601's durations, by name. */
    private static final Map<String, String> PATTERNS = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + TIME,
            "email",
            ATOM + "(?:\\." + ATOM + ")*@" + LABEL + "(?:\\." + LABEL + "){1,2}",
            "hostname",
            HOST,
            "ipv4",
            IPV4,
            "ipv6",
            ipv6(),
            "uuid",
            HEX + "{8}(?:-" + HEX + "{4}){3}-" + HEX + "{12}",
            "duration",
            duration());

    private StringFormats() {}

    /** The expression of a format; null for an unknown one. */
    static @Nullable String pattern(String format) {
        return PATTERNS.get(format);
    }

    private static String ipv6() {
        StringBuilder pattern = new StringBuilder("(?:" + GROUP + ":){7}" + GROUP);
        // "::" stands for two groups of zeros or more
        for (int before = 0; before <= 6; before++) {
            pattern.append('|');
            if (before > 0) {
                pattern.append(GROUP)
                        .append("(?::")
                        .append(GROUP)
                        .append("){")
                        .append(before - 1)
                        .append('}');
            }
            pattern.append("::");
            int after = 6 - before;
            if (after > 0) {
                pattern.append("(?:")
                        .append(GROUP)
                        .append("(?::")
                        .append(GROUP)
                        .append("){0,")
                        .append(after - 1)
                        .append("})?");
            }
        }
        return pattern.toString();
    }

    private static String duration() {
        String time = "T(?:\\d{1,9}H(?:\\d{1,9}M(?:\\d{1,9}S)?)?|\\d{1,9}M(?:\\d{1,9}S)?|\\d{1,9}S)";
        String date = "(?:\\d{1,9}Y(?:\\d{1,9}M(?:\\d{1,9}D)?)?|\\d{1,9}M(?:\\d{1,9}D)?|\\d{1,9}D)";
        return "P(?:" + date + "(?:" + time + ")?|" + time + "|\\d{1,9}W)";
    }
}
