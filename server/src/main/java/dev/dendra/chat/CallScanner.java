// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object that may be a call, character by character. Until the tool's name is known to be one of those on
 * offer and the arguments have begun, it may turn out to be something else; from then on it is a call.
 */
final class CallScanner {
    /** What a character is to the call. */
    enum Verdict {
        /** A part of it. */
        MORE,
        /** Its last one. */
        LAST,
        /** An error: this is no call, or no longer one. */
        INVALID
    }

    private enum Place {
        FIRST_KEY,
        NEXT_KEY,
        KEY,
        COLON,
        VALUE_START,
        NAME,
        ARGUMENTS,
        QUOTED_ARGUMENTS,
        NO_ARGUMENTS,
        OTHER_VALUE,
        SEPARATOR
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_KEY = 16;
    private static final int LONGEST_NAME = 64;

    private final Set<String> names;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private Place place = Place.FIRST_KEY;
    private JsonScanner value = new JsonScanner();
    private String key = "";
    private @Nullable String name;
    private boolean hasArguments;
    private boolean ended;

    /** Reads on behind the opening brace of a call of one of {@code names}. */
    CallScanner(Set<String> names) {
        this.names = names;
    }

    /** The tool's name if this is certainly a call, else null. */
    @Nullable
    String calledName() {
        return ended || hasArguments ? name : null;
    }

    /** The arguments' JSON that has come since this was asked last. */
    String takeArguments() {
        String taken = arguments.toString();
        arguments.setLength(0);
        return taken;
    }

    /** Takes the next character. */
    Verdict accept(char c) {
        return switch (place) {
            case FIRST_KEY -> keyStart(c);
            case NEXT_KEY -> keyStart(c);
            case KEY -> key(c);
            case COLON -> JsonScanner.isBlank(c) ? Verdict.MORE : c == ':' ? go(Place.VALUE_START) : Verdict.INVALID;
            case VALUE_START -> JsonScanner.isBlank(c) ? Verdict.MORE : valueStart(c);
            case NAME, ARGUMENTS, QUOTED_ARGUMENTS, NO_ARGUMENTS, OTHER_VALUE -> value(c);
            case SEPARATOR -> separator(c);
        };
    }

    private Verdict go(Place next) {
        place = next;
        return Verdict.MORE;
    }

    private Verdict keyStart(char c) {
        if (JsonScanner.isBlank(c)) {
            return Verdict.MORE;
        }
        text.setLength(0);
        return c == '"' ? go(Place.KEY) : Verdict.INVALID;
    }

    private Verdict key(char c) {
        if (c == '"') {
            key = text.toString();
            return go(Place.COLON);
        }
        text.append(c);
        // No key of a call has an escape or is long.
        return c < ' ' || c == '\\' || text.length() > LONGEST_KEY ? Verdict.INVALID : Verdict.MORE;
    }

    private Verdict valueStart(char c) {
        text.setLength(0);
        value = new JsonScanner();
        switch (key) {
            case "name" -> {
                if (name != null || c != '"') {
                    return Verdict.INVALID;
                }
                place = Place.NAME;
            }
            case "arguments", "parameters" -> {
                if (hasArguments || "{\"n".indexOf(c) < 0) {
                    return Verdict.INVALID;
                }
                place = c == '{' ? Place.ARGUMENTS : c == '"' ? Place.QUOTED_ARGUMENTS : Place.NO_ARGUMENTS;
                hasArguments = place == Place.ARGUMENTS;
            }
            case "type", "id" -> place = Place.OTHER_VALUE;
            default -> {
                if (calledName() == null) {
                    return Verdict.INVALID;
                }
                place = Place.OTHER_VALUE;
            }
        }
        return value(c);
    }

    private Verdict value(char c) {
        JsonScanner.Verdict verdict = value.accept(c);
        if (verdict == JsonScanner.Verdict.INVALID) {
            return Verdict.INVALID;
        }
        if (verdict == JsonScanner.Verdict.BEYOND) {
            place = Place.SEPARATOR;
            return separator(c);
        }
        switch (place) {
            case ARGUMENTS -> arguments.append(c);
            case NAME, QUOTED_ARGUMENTS -> {
                text.append(c);
                if (place == Place.NAME && text.length() > LONGEST_NAME + 2) {
                    return Verdict.INVALID;
                }
            }
            default -> {}
        }
        return verdict == JsonScanner.Verdict.LAST ? valueEnd() : Verdict.MORE;
    }

    private Verdict valueEnd() {
        switch (place) {
            case NAME -> {
                // Names have no characters that JSON escapes.
                String called = text.substring(1, text.length() - 1);
                if (!names.contains(called)) {
                    return Verdict.INVALID;
                }
                name = called;
            }
            case QUOTED_ARGUMENTS -> {
                String unquoted = unquoted(text.toString());
                if (!isObject(unquoted)) {
                    return Verdict.INVALID;
                }
                arguments.append(unquoted);
                hasArguments = true;
            }
            default -> {}
        }
        return go(Place.SEPARATOR);
    }

    private Verdict separator(char c) {
        if (JsonScanner.isBlank(c)) {
            return Verdict.MORE;
        }
        if (c == ',') {
            return go(Place.NEXT_KEY);
        }
        if (c != '}' || name == null) {
            return Verdict.INVALID;
        }
        if (!hasArguments) {
            arguments.append("{}");
        }
        ended = true;
        return Verdict.LAST;
    }

    private static String unquoted(String json) {
        try {
            return JSON.readValue(json, String.class);
        } catch (JsonProcessingException e) {
            // The scanner has passed it.
            throw new IllegalStateException(e);
        }
    }

    private static boolean isObject(String text) {
        JsonScanner scanner = new JsonScanner();
        for (int i = 0; i < text.length(); i++) {
            JsonScanner.Verdict verdict = scanner.accept(text.charAt(i));
            if (verdict != JsonScanner.Verdict.MORE) {
                return verdict == JsonScanner.Verdict.LAST && text.charAt(0) == '{' && i == text.length() - 1;
            }
        }
        return false;
    }
}
