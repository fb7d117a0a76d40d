// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import java.util.List;
import java.util.Random;

/** Seeded strings that tokenizers find hard. */
final class RandomTexts {
    private static final List<String> SNIPPETS = List.of(
            "the",
            "The",
            "and",
            "ing",
            "tokenizer",
            "don't",
            "DON'T",
            "we'll",
            "I'VE",
            "they're",
            "'s",
            "'S",
            "'ſ",
            "'d",
            "'",
            "''",
            "it’s",
            "Straße",
            "naïve",
            "e\u0301",
            "日本語",
            "한국어",
            "हिन्दी",
            "ไทย",
            "עברית",
            "العربية",
            "Ελλάδα",
            "Ünïcödé",
            "Ǆ",
            "ǅ",
            "ⅷ",
            "½",
            "²",
            "٣",
            "४",
            "𝟘",
            "𐄇",
            "一",
            "123",
            "4567",
            "3.14",
            "1,000,000",
            "0x1F",
            "👩‍🔬",
            "👨‍👩‍👧‍👦",
            "🇫🇮",
            "👍🏽",
            "☺️",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "{",
            "}",
            "();",
            "->",
            "==",
            "!?",
            "...",
            "…",
            "—",
            "_",
            "$",
            "<|im_end|>",
            "<|x",
            "</s>",
            "<s>",
            "<0x0A>",
            "<unk>",
            "\\n",
            "http://a.b/c?d=e&f",
            "a@b.c",
            "#include",
            "\u200B",
            "\uFEFF");
    private static final String BLANKS =
            "  \n\r\t\u000B\f\u0085\u00A0\u1680\u2000\u2003\u2028\u2029\u202F\u205F\u3000\u001C\u180E";
    private static final int[] PLANES = {0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

    private final Random random;

    RandomTexts(long seed) {
        random = new Random(seed);
    }

    /** A text of some parts, each of another kind; unpaired surrogates occur. */
    String next() {
        StringBuilder text = new StringBuilder();
        int parts = 1 + random.nextInt(12);
        for (int i = 0; i < parts; i++) {
            part(text);
        }
        return text.toString();
    }

    private void part(StringBuilder text) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> text.append(' ').append(SNIPPETS.get(random.nextInt(SNIPPETS.size())));
            case 3 -> text.append(SNIPPETS.get(random.nextInt(SNIPPETS.size())));
            case 4, 5 -> word(text);
            case 6 -> text.append(random.nextInt(2_000_000));
            case 7 -> blanks(text);
            case 8 ->
                text.append(String.valueOf((char) ('!' + random.nextInt(94))).repeat(1 + random.nextInt(20)));
            case 9 -> text.appendCodePoint(random.nextInt(0x20));
            case 10 -> {
                for (int i = random.nextInt(6); i >= 0; i--) {
                    text.appendCodePoint((PLANES[random.nextInt(PLANES.length)] << 16) + random.nextInt(0x10000));
                }
            }
            default -> text.append((char) (0xD800 + random.nextInt(0x800)));
        }
    }

    private void word(StringBuilder text) {
        String letters = "etaoinshrdlu";
        for (int i = random.nextInt(9); i >= 0; i--) {
            char c = letters.charAt(random.nextInt(letters.length()));
            text.append(random.nextInt(8) == 0 ? Character.toUpperCase(c) : c);
        }
    }

    private void blanks(StringBuilder text) {
        boolean same = random.nextBoolean();
        char blank = BLANKS.charAt(random.nextInt(BLANKS.length()));
        for (int i = random.nextInt(8); i >= 0; i--) {
            text.append(same ? blank : BLANKS.charAt(random.nextInt(BLANKS.length())));
        }
    }
}
