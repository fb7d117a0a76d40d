// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The key-value metadata of a model file under GGUF's names ({@code llama.block_count},
 * {@code tokenizer.ggml.tokens}), typed at the point of use.
 *
 * <p>Values are {@link Long} (every integer type), {@link Double} (every floating type), {@link Boolean},
 * {@link String}, {@code List<String>}, {@code long[]}, {@code double[]} or {@code boolean[]}.
 */
public final class ModelMetadata {
    private final String file;
    private final Map<String, Object> values;

    /** Metadata of {@code file}, which messages name. */
    public ModelMetadata(String file, Map<String, Object> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** The file this came from, for messages. */
    public String file() {
        return file;
    }

    /** Every key and value, in file order. */
    public Map<String, Object> values() {
        return values;
    }

    /** Whether there is such a key. */
    public boolean contains(String key) {
        return values.containsKey(key);
    }

    /** A string that must be there. */
    public String string(String key) throws ModelFormatException {
        return required(key, String.class);
    }

    /** A string, or {@code otherwise} where the key is missing. */
    public @Nullable String stringOr(String key, @Nullable String otherwise) throws ModelFormatException {
        return contains(key) ? string(key) : otherwise;
    }

    /** An integer from {@code minimum} to {@code maximum} that must be there. */
    public int integer(String key, int minimum, int maximum) throws ModelFormatException {
        long value = required(key, Long.class);
        if (value < minimum || value > maximum) {
            throw fault(key, "is " + value + ", expected " + minimum + " to " + maximum);
        }
        return (int) value;
    }

    /** An integer from {@code minimum} to {@code maximum}, or {@code otherwise} where the key is missing. */
    public int integerOr(String key, int minimum, int maximum, int otherwise) throws ModelFormatException {
        return contains(key) ? integer(key, minimum, maximum) : otherwise;
    }

    /** A finite number that must be there; integers count. */
    public double number(String key) throws ModelFormatException {
        Object value = required(key, Object.class);
        double number = switch (value) {
            case Double d -> d;
            case Long l -> l;
            default -> throw fault(key, "is not a number");
        };
        if (!Double.isFinite(number)) {
            throw fault(key, "is " + number);
        }
        return number;
    }

    /** A finite number, or {@code otherwise} where the key is missing. */
    public double numberOr(String key, double otherwise) throws ModelFormatException {
        return contains(key) ? number(key) : otherwise;
    }

    /** A flag, or {@code otherwise} where the key is missing. */
    public boolean flagOr(String key, boolean otherwise) throws ModelFormatException {
        return contains(key) ? required(key, Boolean.class) : otherwise;
    }

    /** A list of strings that must be there. */
    @SuppressWarnings("unchecked") // every List value is a List<String>
    public List<String> strings(String key) throws ModelFormatException {
        return (List<String>) required(key, List.class);
    }

    /** A list of integers that must be there. */
    public long[] integers(String key) throws ModelFormatException {
        return required(key, long[].class);
    }

    /** A list of numbers that must be there. */
    public double[] numbers(String key) throws ModelFormatException {
        return required(key, double[].class);
    }

    /** A fault in the value of {@code key}. */
    public ModelFormatException fault(String key, String problem) {
        return new ModelFormatException(file, -1, "metadata '" + key + "'", problem);
    }

    private <T> T required(String key, Class<T> type) throws ModelFormatException {
        Object value = values.get(key);
        if (value == null) {
            throw fault(key, "is missing");
        }
        if (!type.isInstance(value)) {
            throw fault(key, "has the wrong type, expected " + type.getSimpleName());
        }
        return type.cast(value);
    }
}
