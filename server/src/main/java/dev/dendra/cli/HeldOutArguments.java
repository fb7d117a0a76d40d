// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The text on which a model is compared with what it was made from. */
final class HeldOutArguments {
    private static final String NOTHING = "none";

    @Option(
            names = "--held-out",
            paramLabel = "TEXT",
            defaultValue = "literature",
            description =
                    "Measure the perplexity before and after on this text, which calibration must not hold: a file "
                            + "in UTF-8, or literature, code or prose, which come with Dendra; none to measure nothing (default: "
                            + "${DEFAULT-VALUE}).")
    private String text = NOTHING;

    @Option(
            names = "--baseline",
            paramLabel = "MODEL",
            description =
                    "Compare with this model, which has to have the same tokenizer: a .gguf or .dendra file, or a name "
                            + "that `dendra models` lists (default: the model that is pruned; with --method given nothing is "
                            + "measured without).")
    private @Nullable String baseline;

    /** The text; nothing to measure nothing. */
    Optional<EvaluationText> text() throws EvaluationException, IOException {
        if (text.equals(NOTHING)) {
            return Optional.empty();
        }
        return Optional.of(
                EvaluationText.BUILT_IN.contains(text)
                        ? EvaluationText.builtIn(text)
                        : EvaluationText.read(Path.of(text)));
    }

    /** Path or name of the model to compare with; nothing for the one that is pruned. */
    Optional<String> baseline() {
        return Optional.ofNullable(baseline);
    }
}
