// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.TestModel;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GgufHostileInputTest {
    private static final long SEED = 20250102;
    private static final int MUTATIONS = 10_000;

    private final HostileInput hostile = new HostileInput();

    @Test
    void everyTruncationIsRefused() {
        byte[] file = model().bytes();
        for (int length = 0; length < file.length; length++) {
            hostile.feed(GgufHostileInputTest::parse, Arrays.copyOf(file, length), "length " + length);
        }
        // The last tensor is followed by padding that nothing needs.
        int needless = 8;
        assertTrue(hostile.refused() >= file.length - needless, () -> hostile.refused() + " of " + file.length);
    }

    @Test
    void everyForgedLengthIsHandled() {
        GgufBuilder.Built file = model();
        for (int position : file.lengths()) {
            long value = longs(file.bytes()).getLong(position);
            for (int bit = 0; bit < 64; bit++) {
                forge(file.bytes(), position, value ^ (1L << bit));
            }
            for (long forged : new long[] {value + 1, 2 * value, 1 << 20, 1 << 22, Integer.MAX_VALUE, 1L << 32, -1}) {
                forge(file.bytes(), position, forged);
            }
            longs(file.bytes()).putLong(position, value);
        }
        assertTrue(hostile.refused() > 60 * file.lengths().size(), () -> hostile.refused() + " refused");
    }

    private void forge(byte[] file, int position, long value) {
        longs(file).putLong(position, value);
        hostile.feed(GgufHostileInputTest::parse, file, value + " at " + position);
    }

    private static ByteBuffer longs(byte[] file) {
        return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void mutationsAreHandled() {
        GgufBuilder.Built file = model();
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] mutant = HostileInput.mutate(file.bytes(), file.headerBytes(), random);
            hostile.feed(GgufHostileInputTest::parse, mutant, "mutation " + i);
        }
        assertTrue(hostile.refused() > MUTATIONS / 4, () -> hostile.refused() + " refused");
    }

    @Test
    void theRealHeaderSurvivesTruncationAndMutation() throws IOException {
        byte[] header;
        try (InputStream model = Files.newInputStream(TestModel.require())) {
            // Metadata and tensor declarations take less; where the rest of the file is missing, nothing can succeed.
            header = model.readNBytes(2 << 20);
        }
        SplittableRandom random = new SplittableRandom(SEED);
        int cases = 0;
        for (int length = 0; length < 4096; length++, cases++) {
            hostile.feed(GgufHostileInputTest::parse, Arrays.copyOf(header, length), "length " + length);
        }
        for (int i = 0; i < 50; i++, cases++) {
            int length = random.nextInt(header.length);
            hostile.feed(GgufHostileInputTest::parse, Arrays.copyOf(header, length), "length " + length);
        }
        for (int i = 0; i < 100; i++, cases++) {
            byte[] mutant = HostileInput.mutate(header, header.length, random);
            hostile.feed(GgufHostileInputTest::parse, mutant, "mutation " + i);
        }
        assertEquals(cases, hostile.refused());
    }

    private static void parse(byte[] file) throws ModelFormatException {
        GgufHeader.read("hostile.gguf", MemorySegment.ofArray(file));
    }

    /** A file with the keys and tensors of a small model. */
    private static GgufBuilder.Built model() {
        GgufBuilder builder = new GgufBuilder()
                .string("general.architecture", "llama")
                .uint32("general.alignment", 32)
                .uint32("llama.block_count", 2)
                .float32("llama.rope.freq_base", 10000)
                .strings(
                        "tokenizer.ggml.tokens",
                        IntStream.range(0, 30).mapToObj(i -> "Ġt" + i).toList())
                .int32s("tokenizer.ggml.token_type", 1, 1, 3)
                .float32s("tokenizer.ggml.scores", 0, -1, -2)
                .strings("tokenizer.ggml.merges", List.of("Ġ t", "t 1"))
                .string("tokenizer.chat_template", "{% for message in messages %}{{ message }}{% endfor %}");
        for (int block = 0; block < 2; block++) {
            String prefix = "blk." + block;
            builder.tensor(prefix + ".attn_norm.weight", new float[32], 32)
                    .tensor(prefix + ".attn_q.weight", GgmlType.Q4_1, new byte[20 * 4], 32, 4)
                    .tensor(prefix + ".ffn_up.weight", GgmlType.Q8_0, new byte[34 * 8], 64, 4);
        }
        return builder.tensor("output_norm.weight", new float[6], 6).build();
    }
}
