// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** SmolLM's: every number is a piece by itself; each stretch between numbers is cut as GPT-2 does, on its own. */
final class SmolLmPreTokenizer implements PreTokenizer {
    private final PreTokenizer between = new Gpt2PreTokenizer();

    @Override
    public int pieceEnd(String text, int from, int to) {
        int first = text.codePointAt(from);
        if (CharacterClasses.isNumber(first)) {
            return Scanner.after(from, first);
        }
        // Before a number the stretch ends, so whitespace leaves none of itself behind, as GPT-2's would.
        int blank = Scanner.runEnd(text, from, to, CharacterClasses::isWhitespace);
        if (blank > from && blank < to && CharacterClasses.isNumber(text.codePointAt(blank))) {
            return blank;
        }
        return between.pieceEnd(text, from, to);
    }
}
