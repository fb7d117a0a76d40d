// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Engine;
import dev.dendra.engine.EngineOptions;
import dev.dendra.engine.SamplingParameters;
import dev.dendra.kernels.KvLayout;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.ModelConfig;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code complete}: goes on from a prompt, on the terminal. */
@Command(
        name = "complete",
        description = "Go on from a prompt; the text comes on stdout as it is generated, the speeds on stderr.")
final class CompleteCommand implements Callable<Integer> {
    private static final int STEP_ROWS = 256;
    private static final float TEMPERATURE = 0;

    private final Console console;

    @Parameters(paramLabel = "PROMPT", description = "The text to go on from.")
    private String prompt = "";

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "TOKENS",
            defaultValue = "128",
            converter = IntegerConverter.Positive.class,
            description = "Most tokens to generate (default: ${DEFAULT-VALUE}).")
    private int maximumTokens;

    @Option(
            names = "--raw",
            description =
                    "The prompt is in the model's own format: control tokens that it spells, such as <|im_start|>, "
                            + "count as such, and none is added.")
    private boolean raw;

    @Mixin
    private final SamplingArguments sampling = new SamplingArguments();

    @Mixin
    private final ModelArguments modelArguments = new ModelArguments();

    @Mixin
    private final KernelArguments kernels = new KernelArguments();

    @Mixin
    private final ComputeArguments compute = new ComputeArguments();

    @Mixin
    private final ContextArguments contextLimit = new ContextArguments();

    CompleteCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        SamplingParameters parameters = sampling.parameters(TEMPERATURE);
        try (OpenedModel opened = new ModelOpener(console).open(modelArguments)) {
            Tokenizer tokenizer = opened.tokenizer();
            int[] tokens = encode(tokenizer);
            if (tokens.length == 0) {
                throw new CommandFailure("the prompt is empty");
            }
            try (LoadedModel loaded = LoadedModel.load(
                    opened,
                    kernels.choice(),
                    compute.choice(contextLimit.tokens()),
                    STEP_ROWS,
                    KvCacheOptions.ofBlocks(compute.kvType(), kvBlocks(opened, tokens.length)))) {
                loaded.model().warmUp();
                complete(tokens, parameters, loaded, tokenizer);
            }
        }
        return 0;
    }

    private void complete(int[] tokens, SamplingParameters parameters, LoadedModel loaded, Tokenizer tokenizer)
            throws CommandFailure, InterruptedException {
        EngineOptions options = EngineOptions.defaults(loaded.model());
        try (Engine engine =
                Engine.start(loaded.model(), loaded.kernels(), loaded.pool(), options, EngineMetrics.none())) {
            Answer answer = new AnswerPrinter(engine, tokenizer, console.out())
                    .print(tokens, maximumTokens, parameters, IncrementalDetokenizer.ofContinuation(tokenizer));
            console.out().println();
            console.out().flush();
            console.err().println(answer.speeds());
        }
    }

    private int[] encode(Tokenizer tokenizer) {
        if (raw) {
            return tokenizer.encode(prompt, Tokenizer.SpecialTokens.PARSED);
        }
        int[] tokens = tokenizer.encode(prompt, Tokenizer.SpecialTokens.AS_TEXT);
        if (!tokenizer.addsBeginOfSequence()) {
            return tokens;
        }
        int[] withStart = new int[tokens.length + 1];
        withStart[0] = tokenizer.beginOfSequence();
        System.arraycopy(tokens, 0, withStart, 1, tokens.length);
        return withStart;
    }

    /** Blocks for this one sequence, since memory for more would only be zeroed and given back. */
    private int kvBlocks(OpenedModel opened, int promptTokens) throws IOException {
        int context = ModelConfig.of(opened.source().metadata()).contextLength();
        if (contextLimit.tokens() > 0) {
            context = Math.min(context, contextLimit.tokens());
        }
        long tokens = Math.min(context, (long) promptTokens + maximumTokens);
        return (int) Math.ceilDiv(tokens, KvLayout.BLOCK_TOKENS);
    }
}
