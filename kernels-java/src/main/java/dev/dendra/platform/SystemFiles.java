// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads {@code /proc} and {@code /sys} below a root, where any file may be absent, denied or odd. */
final class SystemFiles {

    private final Path root;

    /** @param root holds {@code proc} and {@code sys}; {@code /} on a real machine */
    SystemFiles(Path root) {
        this.root = root;
    }

    static SystemFiles ofThisMachine() {
        return new SystemFiles(Path.of("/"));
    }

    /** The text of a file without surrounding white space, or nothing if it cannot be read. */
    Optional<String> text(String path) {
        try {
            // Latin-1 never fails to decode; these files are ASCII, and a stray byte must not cost the rest.
            return Optional.of(Files.readString(root.resolve(relative(path)), StandardCharsets.ISO_8859_1)
                    .strip());
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    List<String> lines(String path) {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    /** A decimal number, possibly with a suffix {@code K} or {@code M}. */
    OptionalLong number(String path) {
        return text(path).map(SystemFiles::parseNumber).orElse(OptionalLong.empty());
    }

    /** {@code key: value} lines; the first of equal keys counts. */
    Map<String, String> fields(String path) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : lines(path)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    static OptionalLong parseNumber(String text) {
        String digits = text;
        long unit = 1;
        if (text.endsWith("K")) {
            unit = 1L << 10;
            digits = text.substring(0, text.length() - 1);
        } else if (text.endsWith("M")) {
            unit = 1L << 20;
            digits = text.substring(0, text.length() - 1);
        }
        try {
            return OptionalLong.of(Math.multiplyExact(Long.parseLong(digits), unit));
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static String relative(String path) {
        return path.startsWith("/") ? path.substring(1) : path;
    }
}
