// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.Locale;

/** Sizes for people, in decimal units. */
final class ByteSize {
    private ByteSize() {}

    /** {@code 84.9 MB}, {@code 1.51 GB}. */
    static String text(long bytes) {
        if (bytes < 1_000_000) {
            return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
        }
        return bytes < 1_000_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }
}
