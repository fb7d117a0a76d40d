// SPDX-License-Identifier: Apache-2.0

import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import com.github.tjake.jlama.tensor.operations.NativeSimdTensorOperations;
import com.github.tjake.jlama.tensor.operations.TensorOperations;
import com.github.tjake.jlama.tensor.operations.TensorOperationsProvider;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Times Jlama as {@code llama-bench} times llama.cpp: pp512, a prompt of 512 random tokens up to the choice of the first
 * token after it, and tg128, 128 tokens one after the other from an empty context. Medians, after a warm-up.
 *
 * <p>Arguments: the Hugging Face folder, then optionally threads (2), repetitions (5) and warm-up rounds (5).
 */
final class JlamaBench {
    private static final int PROMPT_TOKENS = 512;
    private static final int GENERATED_TOKENS = 128;
    private static final int ANSWER_TOKENS = 80;
    private static final int ROW_TILE = 5;

    /** Jlama splits larger batches into 256 rows. */
    private static final int LARGEST_BATCH = 255;

    /** The embedding is looked up by row, which Jlama cannot do on Q4. */
    private static final String[] KEPT_AS_THEY_ARE = {"model.embed_tokens"};

    private final AbstractModel model;
    private final KvBufferCache contexts;
    private final AbstractTensor<?, ?> logits;
    private final Random random = new Random(1);

    private JlamaBench(AbstractModel model) {
        this.model = model;
        this.contexts = new KvBufferCache(model);
        this.logits = model.makeDenseTensor(1, model.getConfig().vocabularySize);
    }

    public static void main(String[] arguments) throws IOException, ReflectiveOperationException {
        Path folder = Path.of(arguments[0]);
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        int repetitions = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        int warmUps = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 5;

        repairNativeSplit();
        File quantised = quantise(folder).toFile();
        try (AbstractModel model = ModelSupport.loadModel(
                quantised, null, DType.F32, DType.I8, Optional.empty(), Optional.of(threads))) {
            System.out.printf("kernels: %s%n", TensorOperationsProvider.get().name());
            JlamaBench bench = new JlamaBench(model);
            System.out.printf("answer: %s%n", bench.answer("Write two sentences about the sea."));
            bench.report("pp512", bench.rates(PROMPT_TOKENS, repetitions, warmUps, bench::timePrefill));
            bench.report("tg128", bench.rates(GENERATED_TOKENS, repetitions, warmUps, bench::timeDecode));
        }
    }

    /** Writes Jlama's own Q4 form of a folder beside it, once. */
    private static Path quantise(Path folder) throws IOException {
        Path target = folder.resolveSibling(folder.getFileName() + "-jlama-q4");
        if (!Files.exists(target)) {
            SafeTensorSupport.quantizeModel(folder, DType.Q4, KEPT_AS_THEY_ARE, new String[0], Optional.of(target));
        }
        return target;
    }

    /**
     * Jlama 0.8.4 splits the outputs of a matrix into as many chunks as a provider says, 128 for the native kernels, and
     * loses outputs when that number does not divide theirs: 64 of 192 and of 576. 64 chunks divide all of this model's.
     */
    private static void repairNativeSplit() throws ReflectiveOperationException {
        TensorOperations chosen = TensorOperationsProvider.get();
        if (!(chosen instanceof NativeSimdTensorOperations)) {
            return;
        }
        Field instance = TensorOperationsProvider.class.getDeclaredField("instance");
        instance.setAccessible(true);
        Field provider = TensorOperationsProvider.class.getDeclaredField("provider");
        provider.setAccessible(true);
        provider.set(instance.get(null), new NativeSimdTensorOperations() {
            @Override
            public int parallelSplitSize() {
                return 64;
            }
        });
    }

    private String answer(String question) {
        PromptContext prompt = model.promptSupport().orElseThrow().builder()
                .addSystemMessage("You are a helpful assistant.")
                .addUserMessage(question)
                .build();
        int[] ids = model.encodePrompt(prompt);
        StringBuilder text = new StringBuilder();
        try (KvBufferCache.KvBuffer context = contexts.getEphemeralKvBuffer()) {
            int token = prefill(ids, context);
            for (int i = 0; i < ANSWER_TOKENS && !model.getConfig().eosTokens.contains(token); i++) {
                text.append(model.getTokenizer().decode(token));
                token = step(token, ids.length + i, context);
            }
        }
        return text.toString().strip();
    }

    private long timePrefill() {
        int[] prompt = random.ints(PROMPT_TOKENS, 0, model.getConfig().vocabularySize).toArray();
        try (KvBufferCache.KvBuffer context = contexts.getEphemeralKvBuffer()) {
            long start = System.nanoTime();
            prefill(prompt, context);
            return System.nanoTime() - start;
        }
    }

    private long timeDecode() {
        int token = random.nextInt(model.getConfig().vocabularySize);
        try (KvBufferCache.KvBuffer context = contexts.getEphemeralKvBuffer()) {
            long start = System.nanoTime();
            for (int position = 0; position < GENERATED_TOKENS; position++) {
                token = step(token, position, context);
            }
            return System.nanoTime() - start;
        }
    }

    /** Runs a prompt and returns the likeliest token after it. */
    private int prefill(int[] prompt, KvBufferCache.KvBuffer context) {
        int next = -1;
        for (int start = 0, rows; start < prompt.length; start += rows) {
            rows = rightRows(prompt.length - start);
            try (AbstractTensor<?, ?> states =
                    model.batchForward(Arrays.copyOfRange(prompt, start, start + rows), start, context)) {
                next = model.sample(states.slice(rows - 1), 0, 0, logits);
            }
        }
        return next;
    }

    /**
     * Rows of the next batch. The native kernels of 0.8.4 leave results at zero in the corner where both the rows and the
     * outputs leave a remainder from tiles of five, so more than five rows have to be a multiple of five.
     */
    private static int rightRows(int left) {
        return left < ROW_TILE ? left : Math.min(left - left % ROW_TILE, LARGEST_BATCH);
    }

    private int step(int token, int position, KvBufferCache.KvBuffer context) {
        try (AbstractTensor<?, ?> state = model.forward(token, position, context, Optional.empty())) {
            return model.sample(state, 0, 0, logits);
        }
    }

    /** Tokens a second of every repetition, in ascending order. */
    private double[] rates(int tokens, int repetitions, int warmUps, LongSupplier run) {
        IntStream.range(0, warmUps).forEach(i -> run.getAsLong());
        return IntStream.range(0, repetitions)
                .mapToDouble(i -> tokens * 1e9 / run.getAsLong())
                .sorted()
                .toArray();
    }

    private void report(String test, double[] rates) {
        System.out.printf(
                Locale.ROOT,
                "jlama %s %.1f (%.1f to %.1f)%n",
                test,
                rates[rates.length / 2],
                rates[0],
                rates[rates.length - 1]);
    }
}
