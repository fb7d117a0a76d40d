// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.convert.sparsify.Allocation;
import dev.dendra.convert.sparsify.SparsifyRequest;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** What is pruned, and how. */
final class PruningArguments {
    private static final String NOTHING = "none";
    private static final List<String> CHOICES =
            List.of("--density", "--allocation", "--unbalanced", "--permute", "--reconstruct");

    @Option(
            names = "--pattern",
            paramLabel = "PATTERN",
            defaultValue = "1x1",
            converter = WordConverter.OfPattern.class,
            description = "1x1, 1x4, 16x4 or 16x64: blocks of outputs x inputs that live or die as a whole (default: "
                    + "${DEFAULT-VALUE}).")
    private Pattern pattern = Pattern.UNSTRUCTURED;

    @Option(
            names = "--density",
            paramLabel = "SHARE",
            defaultValue = "0.8",
            description = "Share of the blocks that live, above 0 to 1 (default: ${DEFAULT-VALUE}; pattern and density "
                    + "together are the sparsest that cost the default model less than 5 %% of its perplexity). With "
                    + "--method given it is counted.")
    private double density;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "sparsegpt",
            converter = WordConverter.OfPruningMethod.class,
            description =
                    "magnitude, wanda or sparsegpt; or given, for a model that was trained sparse: what is zero in "
                            + "it is left out, codes stay what they are, and --density, --allocation, --unbalanced, --permute and "
                            + "--reconstruct have no meaning (default: ${DEFAULT-VALUE}).")
    private PruningMethod method = PruningMethod.SPARSEGPT;

    @Option(
            names = "--encoding",
            paramLabel = "ENCODING",
            defaultValue = "i8",
            converter = WordConverter.OfEncoding.class,
            description = "bf16, i8, i8g32 or u4g32 for every matrix of a block (default: ${DEFAULT-VALUE}).")
    private Encoding encoding = Encoding.I8;

    @Option(
            names = "--allocation",
            paramLabel = "RULE",
            defaultValue = "uniform",
            converter = WordConverter.OfAllocation.class,
            description = "uniform: every block of the model has the same density; owl: those with more outliers have "
                    + "more (default: ${DEFAULT-VALUE}).")
    private Allocation allocation = Allocation.UNIFORM;

    @Option(
            names = "--unbalanced",
            description =
                    "Rank all blocks of a matrix together; otherwise each output, or each 16 of them, keeps as many.")
    private boolean unbalanced;

    @Option(
            names = "--permute",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "Put the neurons of feed-forward parts in an order in which blocks hold what belongs together, "
                            + "which changes no result (default: yes).")
    private boolean permutes = true;

    @Option(
            names = "--reconstruct",
            description =
                    "Fit live weights to what the dense matrix gives, once it is known which live; takes several times "
                            + "as long.")
    private boolean reconstructs;

    @Option(
            names = "--keep",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "lm_head",
            description = "Matrices that stay dense: lm_head, names, or prefixes such as blk.0; none for none but the "
                    + "token embedding, which always does (default: ${DEFAULT-VALUE}).")
    private List<String> keep = List.of();

    @Option(
            names = "--keep-encoding",
            paramLabel = "ENCODING",
            converter = WordConverter.OfEncoding.class,
            description =
                    "Encoding of matrices that stay dense (default: that of --encoding in blocks; for embedding and "
                            + "head i8 if that is --encoding, else the nearest to the source).")
    private @Nullable Encoding keptEncoding;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /** Whether live weights are chosen here, and not those of a model that was trained sparse. */
    boolean chooses() {
        return method.chooses();
    }

    /**
     * The request.
     *
     * @throws ParameterException if the density is out of range, the encoding has no such pattern, or an option has no
     *     meaning with the method
     */
    SparsifyRequest request() {
        List<String> kept = keep.equals(List.of(NOTHING)) ? List.of() : keep;
        Optional<Encoding> encodingOfKept = Optional.ofNullable(keptEncoding);
        if (!method.chooses()) {
            requireNoChoice();
        }
        try {
            return method.chooses()
                    ? chosen(kept, encodingOfKept)
                    : SparsifyRequest.given(pattern, encoding, kept, encodingOfKept);
        } catch (IllegalArgumentException unfit) {
            throw wrongUsage(String.valueOf(unfit.getMessage()));
        }
    }

    private SparsifyRequest chosen(List<String> kept, Optional<Encoding> encodingOfKept) {
        return new SparsifyRequest(
                method,
                new PruningRequest(pattern, density, encoding, !unbalanced),
                allocation,
                permutes,
                reconstructs,
                kept,
                encodingOfKept);
    }

    /** Options that choose what lives, or change it, have nothing to say of a model that was trained sparse. */
    private void requireNoChoice() {
        ParseResult given = Objects.requireNonNull(command).commandLine().getParseResult();
        for (String option : CHOICES) {
            if (given.hasMatchedOption(option)) {
                throw wrongUsage(option + " has no meaning with --method " + method.id()
                        + ": what lives, and where, is in the model's weights");
            }
        }
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(Objects.requireNonNull(command).commandLine(), message);
    }
}
