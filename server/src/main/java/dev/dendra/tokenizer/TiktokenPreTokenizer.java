// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/**
 * Llama 3's and Qwen 2's, which differ in how many numbers make a piece, {@code n}:
 * {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}.
 */
final class TiktokenPreTokenizer implements PreTokenizer {
    private final int numbersPerPiece;

    /** With pieces of at most {@code numbersPerPiece} numbers. */
    TiktokenPreTokenizer(int numbersPerPiece) {
        this.numbersPerPiece = numbersPerPiece;
    }

    @Override
    public int pieceEnd(String text, int from, int to) {
        int contraction = contractionEnd(text, from, to);
        if (contraction > from) {
            return contraction;
        }
        int first = text.codePointAt(from);
        if (CharacterClasses.isLetter(first)) {
            return Scanner.runEnd(text, from, to, CharacterClasses::isLetter);
        }
        if (CharacterClasses.isNumber(first)) {
            return numbersEnd(text, from, to);
        }
        int second = Scanner.codePoint(text, Scanner.after(from, first), to);
        if (!CharacterClasses.isNewline(first) && isLetter(second)) {
            return Scanner.runEnd(text, Scanner.after(from, first), to, CharacterClasses::isLetter);
        }
        if (CharacterClasses.isOther(first)) {
            return othersEnd(text, from, to);
        }
        if (first == ' ' && second != Scanner.END && CharacterClasses.isOther(second)) {
            return othersEnd(text, from + 1, to);
        }
        return whitespaceEnd(text, from, to);
    }

    private static boolean isLetter(int codePoint) {
        return codePoint != Scanner.END && CharacterClasses.isLetter(codePoint);
    }

    private int numbersEnd(String text, int from, int to) {
        int at = from;
        for (int count = 0; count < numbersPerPiece; count++) {
            int codePoint = Scanner.codePoint(text, at, to);
            if (codePoint == Scanner.END || !CharacterClasses.isNumber(codePoint)) {
                break;
            }
            at = Scanner.after(at, codePoint);
        }
        return at;
    }

    private static int othersEnd(String text, int from, int to) {
        int end = Scanner.runEnd(text, from, to, CharacterClasses::isOther);
        return Scanner.runEnd(text, end, to, CharacterClasses::isNewline);
    }

    private static int whitespaceEnd(String text, int from, int to) {
        int end = Scanner.runEnd(text, from, to, CharacterClasses::isWhitespace);
        for (int at = end; at > from; at--) {
            if (CharacterClasses.isNewline(text.charAt(at - 1))) {
                return at;
            }
        }
        return Scanner.whitespaceEnd(text, from, to);
    }

    private static int contractionEnd(String text, int from, int to) {
        if (text.charAt(from) != '\'') {
            return from;
        }
        int first = folded(Scanner.codePoint(text, from + 1, to));
        int second = folded(Scanner.codePoint(text, from + 2, to));
        return switch (first) {
            case 's', 't', 'm', 'd' -> from + 2;
            case 'r', 'v' -> second == 'e' ? from + 3 : from;
            case 'l' -> second == 'l' ? from + 3 : from;
            default -> from;
        };
    }

    /** Unicode case folding, as far as the letters of contractions go: the long s is an s. */
    private static int folded(int codePoint) {
        if (codePoint == 'ſ') {
            return 's';
        }
        return codePoint >= 'A' && codePoint <= 'Z' ? codePoint + ('a' - 'A') : codePoint;
    }
}
