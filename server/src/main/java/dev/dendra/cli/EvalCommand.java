// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.ChoiceItem;
import dev.dendra.evaluation.ChoiceScore;
import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationProgress;
import dev.dendra.evaluation.EvaluationText;
import dev.dendra.evaluation.ModelComparison;
import dev.dendra.evaluation.PerplexityScore;
import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.KvCacheOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code eval}: how well a model predicts text, alone or beside another one. */
@Command(
        name = "eval",
        description = "Measure how well a model predicts text: perplexity and multiple choice, with standard errors; "
                + "beside a baseline also how far the two are apart. Without --text and --choices, on what comes with "
                + "Dendra.")
final class EvalCommand implements Callable<Integer> {
    private static final int MOST_STEP_ROWS = 512;

    private final Console console;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A .gguf or .dendra file, or a name that `dendra models` lists (default: its first).")
    private @Nullable String model;

    @Mixin
    private final EvaluationArguments arguments = new EvaluationArguments();

    @Option(
            names = "--baseline",
            paramLabel = "MODEL",
            description = "Compare with this model, which has to have the same tokenizer.")
    private @Nullable String baseline;

    @Option(
            names = "--baseline-activations",
            paramLabel = "TYPE",
            converter = WordConverter.OfActivations.class,
            description = "Precision of what enters the baseline's products (default: as --activations).")
    private @Nullable Function<Kernels, Activations> baselineActivations;

    @Option(
            names = "--baseline-kv-type",
            paramLabel = "TYPE",
            converter = WordConverter.OfKvType.class,
            description = "Type of keys and values in the baseline's KV cache (default: as --kv-type).")
    private @Nullable KvType baselineKvType;

    @Option(names = "--json", description = "Print one JSON object instead of the tables.")
    private boolean json;

    @Mixin
    private final CacheArguments cache = new CacheArguments();

    @Mixin
    private final KernelArguments kernels = new KernelArguments();

    @Mixin
    private final ComputeArguments compute = new ComputeArguments();

    EvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (baselineActivations != null && baseline == null && spec != null) {
            throw new ParameterException(spec.commandLine(), "--baseline-activations needs --baseline");
        }
        if (baselineKvType != null && baseline == null && spec != null) {
            throw new ParameterException(spec.commandLine(), "--baseline-kv-type needs --baseline");
        }
        try {
            EvaluationReport report = evaluate();
            console.out().println(json ? report.json() : report.table());
        } catch (EvaluationException failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        }
        return 0;
    }

    private EvaluationReport evaluate() throws CommandFailure, EvaluationException, IOException, InterruptedException {
        List<EvaluationText> texts = arguments.texts();
        List<ChoiceItem> items = arguments.items();
        ModelOpener opener = new ModelOpener(console);
        try (OpenedModel opened = opener.open(Optional.ofNullable(model), cache)) {
            EvaluationInput input = arguments.encode(texts, items, opened);
            if (baseline == null) {
                return score(opened, input);
            }
            try (OpenedModel other = opener.open(Optional.of(baseline), cache)) {
                requireSameVocabulary(opened, other);
                if (!input.hasTokensOf(arguments.encode(texts, items, other))) {
                    throw new CommandFailure("the tokenizers of " + opened.name() + " and " + other.name()
                            + " encode the same text differently");
                }
                return compare(opened, other, input);
            }
        }
    }

    private static void requireSameVocabulary(OpenedModel opened, OpenedModel other) throws CommandFailure {
        int size = opened.tokenizer().vocabularySize();
        int otherSize = other.tokenizer().vocabularySize();
        if (size != otherSize) {
            throw new CommandFailure("the vocabularies differ: " + opened.name() + " has " + size + " tokens, "
                    + other.name() + " has " + otherSize);
        }
    }

    private EvaluationReport score(OpenedModel opened, EvaluationInput input)
            throws CommandFailure, EvaluationException, ModelFormatException {
        try (LoadedModel loaded = LoadedModel.load(
                        opened,
                        kernels.choice(),
                        compute.choice(input.longest()),
                        MOST_STEP_ROWS,
                        kvCache(input, compute.kvType()));
                EvaluationProgressDisplay progress = new EvaluationProgressDisplay(console, input.tokens())) {
            List<EvaluationReport.Text> results = new ArrayList<>();
            for (EvaluationInput.Text text : input.texts()) {
                results.add(EvaluationReport.Text.of(
                        text.name(), PerplexityScore.of(loaded.model(), loaded.kernels(), text.windows(), progress)));
            }
            return new EvaluationReport(
                    EvaluatedModel.of(opened, loaded),
                    Optional.empty(),
                    arguments.window(),
                    results,
                    choose(input, List.of(loaded), progress));
        }
    }

    private EvaluationReport compare(OpenedModel opened, OpenedModel other, EvaluationInput input)
            throws CommandFailure, EvaluationException, ModelFormatException {
        ComputeChoice choice = compute.choice(input.longest());
        ComputeChoice otherChoice = baselineActivations == null ? choice : choice.with(baselineActivations);
        KvType otherType = baselineKvType == null ? compute.kvType() : baselineKvType;
        try (LoadedModel loaded = LoadedModel.load(
                        opened, kernels.choice(), choice, MOST_STEP_ROWS, kvCache(input, compute.kvType()));
                LoadedModel beside =
                        loaded.beside(other, kernels.choice(), otherChoice, MOST_STEP_ROWS, kvCache(input, otherType));
                EvaluationProgressDisplay progress = new EvaluationProgressDisplay(console, input.tokens())) {
            List<EvaluationReport.Text> results = new ArrayList<>();
            for (EvaluationInput.Text text : input.texts()) {
                results.add(EvaluationReport.Text.of(
                        text.name(),
                        ModelComparison.of(
                                loaded.model(),
                                beside.model(),
                                loaded.kernels(),
                                loaded.pool(),
                                text.windows(),
                                progress)));
            }
            return new EvaluationReport(
                    EvaluatedModel.of(opened, loaded),
                    Optional.of(EvaluatedModel.of(other, beside)),
                    arguments.window(),
                    results,
                    choose(input, List.of(loaded, beside), progress));
        }
    }

    private static List<ChoiceScore> choose(
            EvaluationInput input, List<LoadedModel> models, EvaluationProgress progress) throws EvaluationException {
        List<ChoiceScore> scores = new ArrayList<>();
        if (!input.choices().isEmpty()) {
            for (LoadedModel each : models) {
                scores.add(ChoiceScore.of(each.model(), each.kernels(), input.choices(), progress));
            }
        }
        return scores;
    }

    private static KvCacheOptions kvCache(EvaluationInput input, KvType type) {
        return KvCacheOptions.ofBlocks(type, Math.ceilDiv(input.longest(), KvLayout.BLOCK_TOKENS));
    }
}
