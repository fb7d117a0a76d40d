// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/**
 * GPT-2's: {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}.
 *
 * @see PreTokenizer
 */
final class Gpt2PreTokenizer implements PreTokenizer {

    @Override
    public int pieceEnd(String text, int from, int to) {
        int contraction = contractionEnd(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        int start = text.charAt(from) == ' ' ? from + 1 : from;
        int first = Scanner.codePoint(text, start, to);
        if (first == Scanner.END || CharacterClasses.isWhitespace(first)) {
            return Scanner.whitespaceEnd(text, from, to);
        }
        if (CharacterClasses.isLetter(first)) {
            return Scanner.runEnd(text, start, to, CharacterClasses::isLetter);
        }
        if (CharacterClasses.isNumber(first)) {
            return Scanner.runEnd(text, start, to, CharacterClasses::isNumber);
        }
        return Scanner.runEnd(text, start, to, CharacterClasses::isOther);
    }

    private static int contractionEnd(String text, int from, int to) {
        if (text.charAt(from) != '\'') {
            return from;
        }
        int first = Scanner.codePoint(text, from + 1, to);
        int second = Scanner.codePoint(text, from + 2, to);
        return switch (first) {
            case 's', 't', 'm', 'd' -> from + 2;
            case 'r', 'v' -> second == 'e' ? from + 3 : from;
            case 'l' -> second == 'l' ? from + 3 : from;
            default -> from;
        };
    }
}
