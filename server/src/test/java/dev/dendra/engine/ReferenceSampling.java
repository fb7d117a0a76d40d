// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The distribution that sampling should follow, by full sorts in double precision: slow and plain. */
final class ReferenceSampling {
    /** How near a threshold single precision may decide either way. */
    private static final double TOLERANCE = 1e-5;

    private ReferenceSampling() {}

    /** Probability of each token; 0 for those that a cut drops. */
    static double[] distribution(float[] logits, SamplingParameters parameters, int[] prompt, int[] output) {
        float[] adjusted = adjust(logits, parameters, prompt, output);
        Integer[] order = order(adjusted);
        double[] kept = new double[logits.length];
        if (parameters.temperature() == 0) {
            kept[order[0]] = 1;
            return kept;
        }
        double[] probabilities = afterTopK(adjusted, order, parameters);
        double before = 0;
        for (int token : order) {
            boolean inNucleus = parameters.topP() == 1 || before < parameters.topP();
            if (inNucleus && probabilities[token] >= parameters.minP() * probabilities[order[0]]) {
                kept[token] = probabilities[token];
            }
            before += probabilities[token];
        }
        return normalized(kept);
    }

    /** Whether a threshold falls so near a token that rounding decides. */
    static boolean isBorderline(float[] logits, SamplingParameters parameters, int[] prompt, int[] output) {
        if (parameters.temperature() == 0) {
            return false;
        }
        float[] adjusted = adjust(logits, parameters, prompt, output);
        Integer[] order = order(adjusted);
        double[] probabilities = afterTopK(adjusted, order, parameters);
        double before = 0;
        for (int token : order) {
            double probability = probabilities[token];
            boolean nearTopP = parameters.topP() < 1 && Math.abs(before - parameters.topP()) < TOLERANCE;
            boolean nearMinP = Math.abs(probability / probabilities[order[0]] - parameters.minP()) < TOLERANCE
                    && parameters.minP() > 0;
            if (probability > 0 && (nearTopP || nearMinP || probability < 1e-29)) {
                return true;
            }
            before += probability;
        }
        return false;
    }

    private static float[] adjust(float[] logits, SamplingParameters parameters, int[] prompt, int[] output) {
        float[] adjusted = logits.clone();
        IntStream.concat(Arrays.stream(prompt), Arrays.stream(output))
                .distinct()
                .forEach(token -> {
                    float logit = adjusted[token];
                    adjusted[token] =
                            logit > 0 ? logit / parameters.repetitionPenalty() : logit * parameters.repetitionPenalty();
                });
        Arrays.stream(output).distinct().forEach(token -> {
            long count = Arrays.stream(output).filter(other -> other == token).count();
            adjusted[token] -= count * parameters.frequencyPenalty() + parameters.presencePenalty();
        });
        parameters.logitBias().forEach((token, bias) -> adjusted[token] += bias);
        return adjusted;
    }

    private static Integer[] order(float[] adjusted) {
        return IntStream.range(0, adjusted.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(token -> -adjusted[token])
                        .thenComparing(Comparator.naturalOrder()))
                .toArray(Integer[]::new);
    }

    private static double[] afterTopK(float[] adjusted, Integer[] order, SamplingParameters parameters) {
        double[] probabilities = new double[adjusted.length];
        int kept = parameters.topK() == 0 ? adjusted.length : Math.min(parameters.topK(), adjusted.length);
        for (int i = 0; i < kept; i++) {
            probabilities[order[i]] =
                    Math.exp(((double) adjusted[order[i]] - adjusted[order[0]]) / parameters.temperature());
        }
        return normalized(probabilities);
    }

    private static double[] normalized(double[] weights) {
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / sum).toArray();
    }
}
