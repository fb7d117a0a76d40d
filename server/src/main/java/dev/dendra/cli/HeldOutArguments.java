// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.evaluation.EvaluationException;
import dev.dendra.evaluation.EvaluationText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
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
}
