// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of a key file: {@code name:sha256} or {@code name:sha256:option,option}. Empty lines and lines that
 * begin with {@code #} say nothing.
 */
final class ApiKeyParser {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final int MAXIMUM_KEYS = 10_000;

    private final Path file;
    private final List<ApiKey> keys = new ArrayList<>();
    private final Map<String, Integer> lineOfName = new HashMap<>();
    private final Map<String, Integer> lineOfHash = new HashMap<>();

    private ApiKeyParser(Path file) {
        this.file = file;
    }

    /**
     * The keys of {@code lines}.
     *
     * @param file named in errors
     */
    static ApiKeys parse(Path file, List<String> lines) throws ApiKeyFileException {
        ApiKeyParser parser = new ApiKeyParser(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                parser.add(line, i + 1);
            }
        }
        if (parser.keys.isEmpty()) {
            throw new ApiKeyFileException(file, "no key is in it; ./dendra key NAME makes one");
        }
        return new ApiKeys(parser.keys);
    }

    private void add(String line, int number) throws ApiKeyFileException {
        String[] parts = line.split(":", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw fault(number, "expected name:sha256 or name:sha256:options");
        }
        String name = parts[0].strip();
        if (!ApiKeys.isName(name)) {
            throw fault(number, "a name has 1 to 64 letters, digits, dots, dashes and underscores");
        }
        String hash = parts[1].strip().toLowerCase(Locale.ROOT);
        if (!HASH.matcher(hash).matches()) {
            // What stands there may be the key itself, which does not belong into a log.
            throw fault(number, "the second part is no SHA-256 of 64 hexadecimal digits");
        }
        requireNew(lineOfName, name, number, "the name '" + name + "'");
        requireNew(lineOfHash, hash, number, "the key");
        if (keys.size() == MAXIMUM_KEYS) {
            throw fault(number, "there are more than " + MAXIMUM_KEYS + " keys");
        }
        keys.add(new ApiKey(name, hash, limits(parts.length == 3 ? parts[2].strip() : "", number)));
    }

    private void requireNew(Map<String, Integer> lines, String value, int number, String what)
            throws ApiKeyFileException {
        Integer earlier = lines.putIfAbsent(value, number);
        if (earlier != null) {
            throw fault(number, what + " is in line " + earlier + " already");
        }
    }

    private KeyLimits limits(String options, int number) throws ApiKeyFileException {
        Map<String, Integer> values = new HashMap<>();
        for (String option : options.isEmpty() ? new String[0] : options.split(",", -1)) {
            int equals = option.indexOf('=');
            String name =
                    equals < 0 ? option.strip() : option.substring(0, equals).strip();
            String value = equals < 0 ? "" : option.substring(equals + 1).strip();
            Integer earlier = switch (name) {
                case "rpm", "concurrency" -> values.put(name, integer(name, value, 1, 1_000_000, number));
                case "priority-min" -> values.put(name, integer(name, value, -1000, 1000, number));
                default -> throw fault(number, "unknown option '" + name + "'; known: rpm, concurrency, priority-min");
            };
            if (earlier != null) {
                throw fault(number, "'" + name + "' is there twice");
            }
        }
        return new KeyLimits(
                optional(values.get("rpm")), optional(values.get("concurrency")), optional(values.get("priority-min")));
    }

    private int integer(String name, String value, int minimum, int maximum, int number) throws ApiKeyFileException {
        try {
            int result = Integer.parseInt(value);
            if (result >= minimum && result <= maximum) {
                return result;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw fault(number, "'" + name + "' needs an integer from " + minimum + " to " + maximum);
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private ApiKeyFileException fault(int line, String problem) {
        return new ApiKeyFileException(file, line, problem);
    }
}
