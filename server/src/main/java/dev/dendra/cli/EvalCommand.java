// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.ChoiceItem;
import dev.dendra.evaluation.ChoiceReader;
import dev.dendra.evaluation.ChoiceScore;
import dev.dendra.evaluation.EncodedChoices;
import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationProgress;
import dev.dendra.evaluation.EvaluationText;
import dev.dendra.evaluation.ModelComparison;
import dev.dendra.evaluation.PerplexityScore;
import dev.dendra.evaluation.TextWindows;
import dev.dendra.format.ModelFormatException;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.model.Activations;
import dev.dendra.model.ModelConfig;
import dev.dendra.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval}: how well a model predicts text, alone or beside another one. */
@Command(
        name = "eval",
        description = "Measure how well a model predicts text: perplexity and multiple choice, with standard errors; "
                + "beside a baseline also how far the two are apart. Without --text and --choices, on what comes with "
                + "Dendra.")
final class EvalCommand implements Callable<Integer> {
    private static final int MOST_STEP_ROWS = 512;
    private static final String BUILT_IN_CHOICES = "general";

    private final Console console;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A .gguf or .dendra file, or a name that `dendra models` lists (default: its first).")
    private @Nullable String model;

    @Option(
            names = "--text",
            paramLabel = "TEXT",
            description = "A file in UTF-8, or one of literature, code and prose, which come with Dendra; may be given "
                    + "again for further texts.")
    private List<String> texts = List.of();

    @Option(
            names = "--choices",
            paramLabel = "FILE",
            description = "Items of multiple choice, a JSON object a line, or general, which come with Dendra.")
    private @Nullable String choices;

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
            names = "--context",
            paramLabel = "TOKENS",
            defaultValue = "512",
            converter = IntegerConverter.Window.class,
            description = "Tokens of a window; texts are cut into windows that do not overlap, and the first token of "
                    + "each is not scored (default: ${DEFAULT-VALUE}).")
    private int window;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            converter = IntegerConverter.Positive.class,
            description = "Use the first N tokens of each text (default: all).")
    private int mostTokens = Integer.MAX_VALUE;

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
        if (baselineActivations != null && baseline == null) {
            throw new CommandFailure("--baseline-activations needs --baseline");
        }
        try {
            List<EvaluationText> read = readTexts();
            List<ChoiceItem> items = readChoices();
            ModelOpener opener = new ModelOpener(console);
            try (OpenedModel opened = opener.open(Optional.ofNullable(model), cache)) {
                EvaluationInput input = encode(opened, read, items);
                if (baseline == null) {
                    print(evaluate(opened, input));
                    return 0;
                }
                try (OpenedModel other = opener.open(Optional.of(baseline), cache)) {
                    checkTokenizers(opened, other, read);
                    print(compare(opened, other, input));
                }
            }
        } catch (EvaluationException failure) {
            throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
        }
        return 0;
    }

    private void print(EvaluationReport report) {
        console.out().println(json ? report.json() : report.table());
    }

    private List<EvaluationText> readTexts() throws CommandFailure, EvaluationException, IOException {
        List<EvaluationText> read = new ArrayList<>();
        List<String> names = texts.isEmpty() && choices == null ? EvaluationText.BUILT_IN : texts;
        for (String name : names) {
            read.add(
                    EvaluationText.BUILT_IN.contains(name)
                            ? EvaluationText.builtIn(name)
                            : EvaluationText.read(existing("text", name, String.join(", ", EvaluationText.BUILT_IN))));
        }
        return read;
    }

    private List<ChoiceItem> readChoices() throws CommandFailure, EvaluationException, IOException {
        if (choices == null && !texts.isEmpty()) {
            return List.of();
        }
        EvaluationText file = choices == null || choices.equals(BUILT_IN_CHOICES)
                ? EvaluationText.builtInChoices()
                : EvaluationText.read(existing("choices", choices, BUILT_IN_CHOICES));
        return ChoiceReader.read(file);
    }

    private static Path existing(String what, String name, String builtIn) throws CommandFailure {
        Path file = Path.of(name);
        if (Files.isRegularFile(file)) {
            return file;
        }
        String problem = Files.isDirectory(file) ? "is a folder" : "is neither a file nor what comes with Dendra";
        throw new CommandFailure(what + " '" + name + "' " + problem + " (" + builtIn + ")");
    }

    private EvaluationInput encode(OpenedModel opened, List<EvaluationText> read, List<ChoiceItem> items)
            throws CommandFailure, EvaluationException, ModelFormatException {
        int context = ModelConfig.of(opened.source().metadata()).contextLength();
        if (window > context) {
            throw new CommandFailure("--context " + window + " is more than the " + context + " tokens that "
                    + opened.name() + " was made for");
        }
        TextWindows windows = new TextWindows(opened.tokenizer(), window, mostTokens);
        List<EvaluationInput.Text> cut = new ArrayList<>();
        for (EvaluationText text : read) {
            cut.add(new EvaluationInput.Text(text.name(), windows.of(text)));
        }
        List<EncodedChoices> encoded = new ArrayList<>();
        for (ChoiceItem item : items) {
            EncodedChoices each = item.encode(opened.tokenizer());
            if (each.longest() > context) {
                throw new CommandFailure(each.source() + ": an item of " + each.longest()
                        + " tokens is longer than the " + context + " that " + opened.name() + " was made for");
            }
            encoded.add(each);
        }
        return new EvaluationInput(cut, encoded);
    }

    /** Refuses models that are not asked the same: log-probabilities of different tokens say nothing about each other. */
    private static void checkTokenizers(OpenedModel opened, OpenedModel other, List<EvaluationText> read)
            throws CommandFailure {
        Tokenizer mine = opened.tokenizer();
        Tokenizer others = other.tokenizer();
        if (mine.vocabularySize() != others.vocabularySize()) {
            throw new CommandFailure("the vocabularies differ: " + opened.name() + " has " + mine.vocabularySize()
                    + " tokens, " + other.name() + " has " + others.vocabularySize());
        }
        boolean sameStart = mine.addsBeginOfSequence() == others.addsBeginOfSequence()
                && (!mine.addsBeginOfSequence() || mine.beginOfSequence() == others.beginOfSequence());
        for (EvaluationText text : read) {
            if (!sameStart
                    || !Arrays.equals(
                            mine.encode(text.content(), Tokenizer.SpecialTokens.AS_TEXT),
                            others.encode(text.content(), Tokenizer.SpecialTokens.AS_TEXT))) {
                throw new CommandFailure("the tokenizers differ: " + opened.name() + " and " + other.name()
                        + " have different tokens for " + text.name());
            }
        }
    }

    private EvaluationReport evaluate(OpenedModel opened, EvaluationInput input)
            throws CommandFailure, EvaluationException, ModelFormatException {
        try (LoadedModel loaded =
                        LoadedModel.load(opened, kernels.choice(), choice(input), MOST_STEP_ROWS, kvBlocks(input));
                EvaluationProgressDisplay progress = new EvaluationProgressDisplay(console, input.tokens())) {
            List<EvaluationReport.Text> results = new ArrayList<>();
            for (EvaluationInput.Text text : input.texts()) {
                results.add(EvaluationReport.Text.of(
                        text.name(), PerplexityScore.of(loaded.model(), loaded.kernels(), text.windows(), progress)));
            }
            return new EvaluationReport(
                    describe(opened, loaded),
                    Optional.empty(),
                    window,
                    results,
                    choose(input, progress, List.of(loaded)));
        }
    }

    private EvaluationReport compare(OpenedModel opened, OpenedModel other, EvaluationInput input)
            throws CommandFailure, EvaluationException, ModelFormatException {
        ComputeChoice ours = choice(input);
        ComputeChoice theirs = baselineActivations == null ? ours : ours.with(baselineActivations);
        int blocks = kvBlocks(input);
        try (LoadedModel loaded = LoadedModel.load(opened, kernels.choice(), ours, MOST_STEP_ROWS, blocks);
                LoadedModel beside = loaded.beside(other, kernels.choice(), theirs, MOST_STEP_ROWS, blocks);
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
                    describe(opened, loaded),
                    Optional.of(describe(other, beside)),
                    window,
                    results,
                    choose(input, progress, List.of(loaded, beside)));
        }
    }

    private static List<ChoiceScore> choose(
            EvaluationInput input, EvaluationProgress progress, List<LoadedModel> models) throws EvaluationException {
        List<ChoiceScore> scores = new ArrayList<>();
        if (!input.choices().isEmpty()) {
            for (LoadedModel each : models) {
                scores.add(ChoiceScore.of(each.model(), each.kernels(), input.choices(), progress));
            }
        }
        return scores;
    }

    private ComputeChoice choice(EvaluationInput input) {
        return compute.choice(input.longest());
    }

    private static int kvBlocks(EvaluationInput input) {
        return Math.ceilDiv(input.longest(), KvLayout.BLOCK_TOKENS);
    }

    private static EvaluatedModel describe(OpenedModel opened, LoadedModel loaded) {
        return new EvaluatedModel(
                opened.name(),
                WeightSummary.of(opened.source()).encodings(),
                loaded.kernels().info(),
                loaded.model().activations().toString());
    }
}
