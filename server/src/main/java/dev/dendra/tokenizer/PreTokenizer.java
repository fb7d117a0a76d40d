// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/**
 * Cuts text into pieces across which byte-pair encoding does not merge. Implementations scan forward by hand what
 * published tokenizers write as a regular expression; none looks further than the piece and the code points that
 * continue its last class, so that cutting a text is linear.
 */
interface PreTokenizer {

    /**
     * End of the piece that starts at {@code from}.
     *
     * @param text well-formed UTF-16
     * @param from start of the piece, below {@code to}
     * @param to end of the text to be cut, exclusive; what lies beyond does not count
     * @return a place after {@code from} and not after {@code to}
     */
    int pieceEnd(String text, int from, int to);
}
