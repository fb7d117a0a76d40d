// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

/** Encodes stretches of text piece by piece: bytes of a piece, then merges. */
final class BytePairPieces {
    private final PreTokenization preTokenization;
    private final Vocabulary vocabulary;
    private final int[] byteTokens;
    private final MergeTable merges;
    private final int longestSpelling;

    /** Pieces whose bytes are {@code byteTokens}, -1 for a byte that has none. */
    BytePairPieces(PreTokenization preTokenization, Vocabulary vocabulary, int[] byteTokens, MergeTable merges) {
        this.preTokenization = preTokenization;
        this.vocabulary = vocabulary;
        this.byteTokens = byteTokens;
        this.merges = merges;
        this.longestSpelling = vocabulary.longestSpelling();
    }

    /** An encoder with working memory of its own, for one thread. */
    SegmentEncoder encoder() {
        PairMerger merger = new PairMerger(merges);
        return (text, from, to, out) -> {
            for (int start = from; start < to; ) {
                int end = preTokenization.preTokenizer().pieceEnd(text, start, to);
                int whole = preTokenization.keepsWholePieces() ? wholeToken(text, start, end) : -1;
                if (whole >= 0) {
                    out.add(whole);
                } else {
                    addBytes(text, start, end, merger);
                    merger.mergeInto(out);
                }
                start = end;
            }
        };
    }

    private int wholeToken(String text, int from, int to) {
        if (to - from > longestSpelling) {
            return -1;
        }
        StringBuilder spelling = new StringBuilder(2 * (to - from));
        Utf8.encode(text, from, to, value -> spelling.append(ByteAlphabet.character(value)));
        return vocabulary.textToken(spelling.toString());
    }

    private void addBytes(String text, int from, int to, PairMerger merger) {
        Utf8.encode(text, from, to, value -> {
            if (byteTokens[value] >= 0) {
                merger.add(byteTokens[value]);
            }
        });
    }
}
