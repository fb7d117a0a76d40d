// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Byte-pair encoding over bytes, as GPT-2 introduced it: text is cut into pieces, a piece into bytes, and bytes merge
 * in the order in which training found them. A byte for which the vocabulary has no token is left out, as Hugging
 * Face's tokenizers leave it out; printable ASCII is always there.
 */
final class ByteLevelBpeTokenizer implements Tokenizer {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final int NO_TOKEN = -1;

    private final Vocabulary vocabulary;
    private final BoundaryTokens boundaries;
    private final AddedTokenSplitter splitter;
    private final BytePairPieces pieces;
    private final byte[][] bytes;

    private ByteLevelBpeTokenizer(
            Vocabulary vocabulary, BoundaryTokens boundaries, BytePairPieces pieces, byte[][] bytes) {
        this.vocabulary = vocabulary;
        this.boundaries = boundaries;
        this.splitter = new AddedTokenSplitter(vocabulary);
        this.pieces = pieces;
        this.bytes = bytes;
    }

    /**
     * The tokenizer of a model file whose {@code tokenizer.ggml.model} is {@code gpt2}.
     *
     * @throws ModelFormatException for an unknown {@code tokenizer.ggml.pre}, or tokens, merges or ids that do not fit
     *     together
     */
    static ByteLevelBpeTokenizer of(ModelMetadata metadata) throws ModelFormatException {
        PreTokenization preTokenization = PreTokenization.of(metadata);
        Vocabulary vocabulary = Vocabulary.of(metadata);
        int[] byteTokens = byteTokens(metadata, vocabulary);
        BytePairPieces pieces =
                new BytePairPieces(preTokenization, vocabulary, byteTokens, merges(metadata, vocabulary));
        BoundaryTokens boundaries =
                BoundaryTokens.of(metadata, vocabulary, preTokenization.addsBeginOfSequenceByDefault());
        return new ByteLevelBpeTokenizer(vocabulary, boundaries, pieces, decoded(vocabulary));
    }

    private static int[] byteTokens(ModelMetadata metadata, Vocabulary vocabulary) throws ModelFormatException {
        int[] tokens = new int[256];
        for (int value = 0; value < tokens.length; value++) {
            tokens[value] = vocabulary.textToken(String.valueOf(ByteAlphabet.character(value)));
            if (tokens[value] == NO_TOKEN && (value == '\n' || (value >= ' ' && value < 0x7F))) {
                throw metadata.fault(TOKENS, "has no token for byte %#04x".formatted(value));
            }
        }
        return tokens;
    }

    private static MergeTable merges(ModelMetadata metadata, Vocabulary vocabulary) throws ModelFormatException {
        List<String> lines = metadata.strings(MERGES);
        MergeTable merges = new MergeTable(lines.size());
        for (int rank = 0; rank < lines.size(); rank++) {
            String line = lines.get(rank);
            // A part may begin with a space only where the alphabet is not GPT-2's; here a space never is a part.
            int space = line.indexOf(' ');
            if (space <= 0 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
                throw metadata.fault(MERGES, "merge " + rank + " is '" + line + "', expected two tokens and a space");
            }
            String left = line.substring(0, space);
            String right = line.substring(space + 1);
            int leftToken = part(metadata, vocabulary, rank, left);
            int rightToken = part(metadata, vocabulary, rank, right);
            int result = part(metadata, vocabulary, rank, left + right);
            if (!merges.put(leftToken, rightToken, rank, result)) {
                throw metadata.fault(MERGES, "merge " + rank + ", '" + line + "', occurs twice");
            }
        }
        return merges;
    }

    private static int part(ModelMetadata metadata, Vocabulary vocabulary, int rank, String spelling)
            throws ModelFormatException {
        int token = vocabulary.textToken(spelling);
        if (token == NO_TOKEN) {
            throw metadata.fault(MERGES, "merge " + rank + " names '" + spelling + "', which is no token of text");
        }
        return token;
    }

    private static byte[][] decoded(Vocabulary vocabulary) {
        byte[][] decoded = new byte[vocabulary.size()][];
        for (int token = 0; token < decoded.length; token++) {
            String spelling = vocabulary.spelling(token);
            byte[] spelled = vocabulary.type(token) == TokenType.USER_DEFINED ? null : ByteAlphabet.bytes(spelling);
            if (vocabulary.isControl(token)) {
                decoded[token] = new byte[0];
            } else {
                decoded[token] = spelled == null ? spelling.getBytes(StandardCharsets.UTF_8) : spelled;
            }
        }
        return decoded;
    }

    @Override
    public int[] encode(String text, SpecialTokens specialTokens) {
        return splitter.encode(text, specialTokens, pieces.encoder());
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
        return false;
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
