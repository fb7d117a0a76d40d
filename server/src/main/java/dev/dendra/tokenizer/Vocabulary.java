// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokens of a model: spelling and type of each id, and the id of each spelling. */
final class Vocabulary {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";

    private final List<String> spellings;
    private final TokenType[] types;
    private final Map<String, Integer> ids;

    private Vocabulary(List<String> spellings, TokenType[] types, Map<String, Integer> ids) {
        this.spellings = spellings;
        this.types = types;
        this.ids = ids;
    }

    /**
     * Reads {@code tokenizer.ggml.tokens} and {@code tokenizer.ggml.token_type}.
     *
     * @throws ModelFormatException when there is no token, a spelling is empty or occurs twice, or the types do not
     *     match the tokens
     */
    static Vocabulary of(ModelMetadata metadata) throws ModelFormatException {
        List<String> spellings = metadata.strings(TOKENS);
        if (spellings.isEmpty()) {
            throw metadata.fault(TOKENS, "is empty");
        }
        Map<String, Integer> ids = HashMap.newHashMap(spellings.size());
        for (int id = 0; id < spellings.size(); id++) {
            String spelling = spellings.get(id);
            if (spelling.isEmpty()) {
                throw metadata.fault(TOKENS, "token " + id + " is empty");
            }
            Integer first = ids.putIfAbsent(spelling, id);
            if (first != null) {
                throw metadata.fault(TOKENS, "tokens " + first + " and " + id + " are both '" + spelling + "'");
            }
        }
        return new Vocabulary(List.copyOf(spellings), types(metadata, spellings.size()), ids);
    }

    private static TokenType[] types(ModelMetadata metadata, int count) throws ModelFormatException {
        TokenType[] types = new TokenType[count];
        if (!metadata.contains(TYPES)) {
            Arrays.fill(types, TokenType.NORMAL);
            return types;
        }
        long[] numbers = metadata.integers(TYPES);
        if (numbers.length != count) {
            throw metadata.fault(TYPES, "has " + numbers.length + " entries, expected " + count + ", one a token");
        }
        for (int id = 0; id < count; id++) {
            TokenType type = TokenType.of(numbers[id]);
            if (type == null) {
                throw metadata.fault(TYPES, "token " + id + " is of type " + numbers[id] + ", expected 1 to 6");
            }
            types[id] = type;
        }
        return types;
    }

    /** Number of tokens. */
    int size() {
        return types.length;
    }

    /** How the vocabulary spells a token. */
    String spelling(int token) {
        return spellings.get(token);
    }

    /** Characters in the longest spelling. */
    int longestSpelling() {
        return spellings.stream().mapToInt(String::length).max().orElse(0);
    }

    /** What a token is for. */
    TokenType type(int token) {
        return types[token];
    }

    /** Whether a token never appears in text. */
    boolean isControl(int token) {
        return types[token] == TokenType.CONTROL || types[token] == TokenType.UNKNOWN;
    }

    /** The token spelled so, of whatever type. */
    @Nullable
    Integer id(String spelling) {
        return ids.get(spelling);
    }

    /** The token spelled so if text may be made of it (not a control, unknown or byte token), or -1. */
    int textToken(String spelling) {
        Integer id = ids.get(spelling);
        return id == null || isControl(id) || types[id] == TokenType.BYTE ? -1 : id;
    }
}
