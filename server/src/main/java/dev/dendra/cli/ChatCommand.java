// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.Engine;
import dev.dendra.engine.EngineOptions;
import dev.dendra.engine.SamplingParameters;
import dev.dendra.kernels.KvLayout;
import dev.dendra.metrics.EngineMetrics;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.ModelConfig;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chat}: a conversation on the terminal. */
@Command(name = "chat", description = "Talk to a model; /clear starts over, /exit or Ctrl-D ends.")
final class ChatCommand implements Callable<Integer> {
    private static final int STEP_ROWS = 256;
    private static final float TEMPERATURE = 0.7f;

    private final Console console;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told before the conversation.")
    private @Nullable String system;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "TOKENS",
            defaultValue = "1024",
            converter = IntegerConverter.Positive.class,
            description = "Most tokens of an answer (default: ${DEFAULT-VALUE}).")
    private int maximumTokens;

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

    ChatCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException, ChatTemplateException {
        SamplingParameters parameters = sampling.parameters(TEMPERATURE);
        try (OpenedModel opened = new ModelOpener(console).open(modelArguments)) {
            ChatTemplate template = opened.chatTemplate()
                    .orElseThrow(() -> new CommandFailure(
                            opened.name() + " has no chat template that works; use `dendra complete` instead"));
            int context = ModelConfig.of(opened.source().metadata()).contextLength();
            if (contextLimit.tokens() > 0) {
                context = Math.min(context, contextLimit.tokens());
            }
            int kvBlocks = Math.ceilDiv(context, KvLayout.BLOCK_TOKENS);
            try (LoadedModel loaded = LoadedModel.load(
                    opened,
                    kernels.choice(),
                    compute.choice(contextLimit.tokens()),
                    STEP_ROWS,
                    KvCacheOptions.ofBlocks(compute.kvType(), kvBlocks))) {
                loaded.model().warmUp();
                EngineOptions options = EngineOptions.defaults(loaded.model());
                try (Engine engine =
                        Engine.start(loaded.model(), loaded.kernels(), loaded.pool(), options, EngineMetrics.none())) {
                    AnswerPrinter printer = new AnswerPrinter(engine, opened.tokenizer(), console.out());
                    new Conversation(console, template, printer, opened.tokenizer(), system, maximumTokens, parameters)
                            .run();
                }
            }
        }
        return 0;
    }
}
