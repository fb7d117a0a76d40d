// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.cli.WeightSummary.Share;
import dev.dendra.format.ModelSource;
import dev.dendra.format.Sparsification;
import dev.dendra.format.TensorDescription;
import dev.dendra.format.TensorNames;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What is missing of a model, and what that costs. */
final class SparsityReport {
    /** Beyond this a model is served only to those who have said that they know. */
    private static final double LARGEST_QUIET_RATIO = 1.5;

    private SparsityReport() {}

    /** A line for people. */
    static String describe(Sparsification sparse) {
        String what = String.format(
                Locale.ROOT,
                "%s at %.3g %% by %s%s",
                sparse.pattern().id(),
                100 * sparse.density(),
                sparse.method(),
                sparse.calibration().equals(Sparsification.NO_CALIBRATION)
                        ? ""
                        : ", calibrated on " + sparse.calibration());
        return what
                + sparse.quality()
                        .map(quality -> String.format(
                                Locale.ROOT,
                                "; perplexity %.2f, %.3f times the %.2f of %s (%s, %d tokens)",
                                quality.perplexity(),
                                quality.ratio(),
                                quality.sourcePerplexity(),
                                quality.baseline()
                                        .map(Sparsification.Baseline::name)
                                        .orElse("its source"),
                                quality.text(),
                                quality.tokens()))
                        .orElse("; what that costs was not measured: see `dendra eval --baseline`");
    }

    /**
     * Makes sure that whoever serves a much worse model means it.
     *
     * @throws CommandFailure if perplexity is more than 1.5 times the source's and that was not accepted
     */
    static void requireAccepted(ModelSource model, boolean accepted) throws CommandFailure {
        double ratio = model.sparsification()
                .flatMap(Sparsification::quality)
                .map(Sparsification.Quality::ratio)
                .orElse(1.0);
        if (ratio > LARGEST_QUIET_RATIO && !accepted) {
            throw new CommandFailure(String.format(
                    Locale.ROOT,
                    "this model's perplexity is %.2f times that of the model it was made from; serve it with "
                            + "--accept-quality-loss if that is meant",
                    ratio));
        }
    }

    /** Live share of the weights of each kind of layer. */
    static Map<String, Double> densities(ModelSource model) {
        Map<String, Share> shares = new LinkedHashMap<>();
        for (TensorDescription tensor : model.tensors()) {
            if (tensor.isMatrix()) {
                shares.merge(layerKind(tensor.name()), Share.of(tensor), Share::plus);
            }
        }
        Map<String, Double> densities = new LinkedHashMap<>();
        shares.forEach((kind, share) -> densities.put(kind, share.density()));
        return densities;
    }

    private static String layerKind(String tensor) {
        if (tensor.startsWith("blk.")) {
            return tensor.contains(".attn_") ? "attention" : "feed_forward";
        }
        return tensor.equals(TensorNames.HEAD) ? "head" : "embedding";
    }
}
