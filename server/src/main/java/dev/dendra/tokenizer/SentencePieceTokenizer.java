// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * SentencePiece's byte-pair encoding (Kudo and Richardson, 2018), as Llama 2 uses it: spaces are spelled
 * {@code ▁}, neighbours whose concatenation has the best score merge first, leftmost among equals, and a character
 * without a token becomes its UTF-8 bytes. Where the model says so, ordinary text that begins a text or follows an
 * added token gets a space in front.
 *
 * <p>Two neighbours merge only when both are tokens, which holds for every vocabulary that SentencePiece has trained.
 */
final class SentencePieceTokenizer implements Tokenizer {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final char SPACE = '▁';

    private final Vocabulary vocabulary;
    private final BoundaryTokens boundaries;
    private final AddedTokenSplitter splitter;
    private final MergeTable merges;
    private final int[] byteTokens;
    private final byte[][] bytes;
    private final boolean addsSpacePrefix;

    private SentencePieceTokenizer(
            Vocabulary vocabulary,
            BoundaryTokens boundaries,
            MergeTable merges,
            int[] byteTokens,
            boolean addsSpacePrefix) {
        this.vocabulary = vocabulary;
        this.boundaries = boundaries;
        this.splitter = new AddedTokenSplitter(vocabulary);
        this.merges = merges;
        this.byteTokens = byteTokens;
        this.bytes = decoded(vocabulary, byteTokens);
        this.addsSpacePrefix = addsSpacePrefix;
    }

    /**
     * The tokenizer of a model file whose {@code tokenizer.ggml.model} is {@code llama}.
     *
     * @throws ModelFormatException for tokens, scores or ids that do not fit together, or a byte without a token
     */
    static SentencePieceTokenizer of(ModelMetadata metadata) throws ModelFormatException {
        Vocabulary vocabulary = Vocabulary.of(metadata);
        return new SentencePieceTokenizer(
                vocabulary,
                BoundaryTokens.of(metadata, vocabulary, true),
                ScoredMerges.of(vocabulary, scores(metadata, vocabulary)),
                byteTokens(metadata, vocabulary),
                metadata.flagOr("tokenizer.ggml.add_space_prefix", true));
    }

    private static double[] scores(ModelMetadata metadata, Vocabulary vocabulary) throws ModelFormatException {
        double[] scores = metadata.numbers(SCORES);
        if (scores.length != vocabulary.size()) {
            throw metadata.fault(
                    SCORES, "has " + scores.length + " entries, expected " + vocabulary.size() + ", one a token");
        }
        for (int token = 0; token < scores.length; token++) {
            if (Double.isNaN(scores[token])) {
                throw metadata.fault(SCORES, "token " + token + " has no number for a score");
            }
        }
        return scores;
    }

    private static int[] byteTokens(ModelMetadata metadata, Vocabulary vocabulary) throws ModelFormatException {
        int[] tokens = new int[256];
        for (int value = 0; value < tokens.length; value++) {
            String spelling = "<0x%02X>".formatted(value);
            Integer token = vocabulary.id(spelling);
            if (token == null || vocabulary.type(token) != TokenType.BYTE) {
                throw metadata.fault(TOKENS, "has no byte token '" + spelling + "'");
            }
            tokens[value] = token;
        }
        return tokens;
    }

    private static byte[][] decoded(Vocabulary vocabulary, int[] byteTokens) {
        byte[][] decoded = new byte[vocabulary.size()][];
        for (int token = 0; token < decoded.length; token++) {
            decoded[token] = vocabulary.isControl(token)
                    ? new byte[0]
                    : vocabulary.spelling(token).replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
        }
        for (int value = 0; value < byteTokens.length; value++) {
            decoded[byteTokens[value]] = new byte[] {(byte) value};
        }
        return decoded;
    }

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        PairMerger merger = new PairMerger(merges);
        return splitter.encode(text, specialTokens, (whole, from, to, out) -> {
            if (addsSpacePrefix) {
                addCharacter(SPACE, merger);
            }
            for (int at = from; at < to; ) {
                int codePoint = whole.codePointAt(at);
                addCharacter(codePoint == ' ' ? SPACE : codePoint, merger);
                at += Character.charCount(codePoint);
            }
            merger.mergeInto(out);
        });
    }

    private void addCharacter(int codePoint, PairMerger merger) {
        int token = vocabulary.textToken(Character.toString(codePoint));
        if (token >= 0) {
            merger.add(token);
        } else {
            Utf8.encode(codePoint, value -> merger.add(byteTokens[value]));
        }
    }

    @Override
    public byte[] bytes(int token) {
        return Arrays.copyOf(bytes[token], bytes[token].length);
    }

    @Override
    public String spelling(int token) {
        return vocabulary.spelling(token);
    }

    @Override
    public boolean isControl(int token) {
        return vocabulary.isControl(token);
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public boolean addsSpacePrefix() {
        return addsSpacePrefix;
    }

    @Override
    public boolean addsBeginOfSequence() {
        return boundaries.addsBeginOfSequence();
    }

    @Override
    public int beginOfSequence() {
        return boundaries.beginOfSequence();
    }

    @Override
    public int endOfSequence() {
        return boundaries.endOfSequence();
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return boundaries.endOfGeneration();
    }
}
