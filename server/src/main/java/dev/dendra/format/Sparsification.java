// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import dev.dendra.tensor.Pattern;
import java.util.Optional;

/**
 * How weights of a model were left out, and what that cost.
 *
 * @param method all that was chosen, for people: {@code sparsegpt, owl, permuted}
 * @param pattern of the matrices that are sparse
 * @param askedDensity live share of the weights of those matrices that was asked for, above 0 to 1
 * @param density that share as counted
 * @param calibration where the calibration text came from: a file's name, or {@code sampled, seed 1, 128 x 512}
 * @param calibrationSha256 digest of its tokens
 * @param quality perplexity before and after, if it was measured
 */
public record Sparsification(
        String method,
        Pattern pattern,
        double askedDensity,
        double density,
        String calibration,
        String calibrationSha256,
        Optional<Quality> quality) {

    /** What stands for a calibration text where there was none. */
    public static final String NO_CALIBRATION = "none";

    /** Checks ranges. */
    public Sparsification {
        if (!(askedDensity > 0 && askedDensity <= 1) || !(density >= 0 && density <= 1)) {
            throw new IllegalArgumentException("densities " + askedDensity + " and " + density + " are not in 0 to 1");
        }
    }

    /**
     * Perplexity on a text that calibration has not seen.
     *
     * @param text what it is called
     * @param textSha256 its digest
     * @param tokens that were scored
     * @param sourcePerplexity of the model that it is compared with, as that is served
     * @param perplexity of this model
     * @param baseline the model that it is compared with, if that is not the one that it was made from
     */
    public record Quality(
            String text,
            String textSha256,
            long tokens,
            double sourcePerplexity,
            double perplexity,
            Optional<Baseline> baseline) {

        /** Beside the model that it was made from. */
        public Quality(String text, String textSha256, long tokens, double sourcePerplexity, double perplexity) {
            this(text, textSha256, tokens, sourcePerplexity, perplexity, Optional.empty());
        }

        /** Checks ranges. */
        public Quality {
            if (tokens < 1
                    || !(Double.isFinite(sourcePerplexity) && sourcePerplexity >= 1)
                    || !(Double.isFinite(perplexity) && perplexity >= 1)) {
                throw new IllegalArgumentException(
                        "perplexities " + sourcePerplexity + " and " + perplexity + " over " + tokens + " tokens");
            }
        }

        /** How many times the source's perplexity this model has. */
        public double ratio() {
            return perplexity / sourcePerplexity;
        }
    }

    /**
     * A model that another one is compared with.
     *
     * @param name what users call it
     * @param sha256 digest of its file
     */
    public record Baseline(String name, String sha256) {}
}
