// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.ChoiceItem;
import dev.dendra.evaluation.ChoiceReader;
import dev.dendra.evaluation.ChoiceSequence;
import dev.dendra.evaluation.EncodedChoices;
import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationText;
import dev.dendra.evaluation.TextWindows;
import dev.dendra.format.ModelFormatException;
import dev.dendra.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a model is evaluated on. Where nothing is asked for, that is everything that comes with Dendra. */
final class EvaluationArguments {
    private static final String BUILT_IN_CHOICES = "general";

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

    /** Tokens of a window. */
    int window() {
        return window;
    }

    /** The texts that were asked for. */
    List<EvaluationText> texts() throws CommandFailure, EvaluationException, IOException {
        List<EvaluationText> read = new ArrayList<>();
        for (String name : texts.isEmpty() && choices == null ? EvaluationText.BUILT_IN : texts) {
            read.add(
                    EvaluationText.BUILT_IN.contains(name)
                            ? EvaluationText.builtIn(name)
                            : EvaluationText.read(file("text", name, String.join(", ", EvaluationText.BUILT_IN))));
        }
        return read;
    }

    /** The items of multiple choice that were asked for. */
    List<ChoiceItem> items() throws CommandFailure, EvaluationException, IOException {
        if (choices == null && !texts.isEmpty()) {
            return List.of();
        }
        return ChoiceReader.read(
                choices == null || choices.equals(BUILT_IN_CHOICES)
                        ? EvaluationText.builtInChoices()
                        : EvaluationText.read(file("choices", choices, BUILT_IN_CHOICES)));
    }

    private static Path file(String what, String name, String builtIn) throws CommandFailure {
        Path file = Path.of(name);
        if (Files.exists(file) && !Files.isDirectory(file)) {
            return file;
        }
        String problem = Files.isDirectory(file) ? "is a folder" : "is neither a file nor what comes with Dendra";
        throw new CommandFailure(what + " '" + name + "' " + problem + " (" + builtIn + ")");
    }

    /**
     * Texts and items as a model's tokens.
     *
     * @throws CommandFailure if a window or an item is longer than the model's context
     */
    EvaluationInput encode(List<EvaluationText> read, List<ChoiceItem> items, OpenedModel model)
            throws CommandFailure, EvaluationException, ModelFormatException {
        int context = ModelConfig.of(model.source().metadata()).contextLength();
        if (window > context && !read.isEmpty()) {
            throw tooLong("--context " + window + " is", context, model);
        }
        TextWindows windows = new TextWindows(model.tokenizer(), window, mostTokens);
        List<EvaluationInput.Text> cut = new ArrayList<>();
        for (EvaluationText text : read) {
            cut.add(new EvaluationInput.Text(text.name(), windows.of(text)));
        }
        List<EncodedChoices> encoded = new ArrayList<>();
        for (ChoiceItem item : items) {
            EncodedChoices each = item.encode(model.tokenizer());
            for (ChoiceSequence sequence : each.sequences()) {
                if (sequence.tokens().length > context) {
                    throw tooLong(item.source() + " takes " + sequence.tokens().length + " tokens,", context, model);
                }
            }
            encoded.add(each);
        }
        return new EvaluationInput(cut, encoded);
    }

    private static CommandFailure tooLong(String what, int context, OpenedModel model) {
        return new CommandFailure(
                what + " more than the " + context + " tokens that " + model.name() + " was made for");
    }
}
