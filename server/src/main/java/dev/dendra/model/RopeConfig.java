// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;

/**
 * Rotary embedding of a model.
 *
 * @param base of the frequencies, theta
 * @param rotated elements of a head that turn
 * @param scaling how frequencies are stretched for long contexts
 */
public record RopeConfig(double base, int rotated, Scaling scaling) {

    /** How the frequency of a pair is changed, before any factors that the file itself holds. */
    public sealed interface Scaling {
        /** The frequency to use in place of {@code frequency}, in radians a position. */
        double scaled(double frequency);
    }

    /** As trained. */
    public record Unscaled() implements Scaling {
        @Override
        public double scaled(double frequency) {
            return frequency;
        }
    }

    /** Positions divided by a factor (Chen et al. 2023, section 2.3). */
    public record Linear(double factor) implements Scaling {
        @Override
        public double scaled(double frequency) {
            return frequency / factor;
        }
    }

    /** Llama 3.1's: long wave lengths are divided by a factor, short ones kept, those between interpolated. */
    public record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext)
            implements Scaling {
        @Override
        public double scaled(double frequency) {
            double waveLength = 2 * Math.PI / frequency;
            if (waveLength < originalContext / highFrequencyFactor) {
                return frequency;
            }
            if (waveLength > originalContext / lowFrequencyFactor) {
                return frequency / factor;
            }
            double smooth =
                    (originalContext / waveLength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
    }

    static RopeConfig of(ModelMetadata metadata, int headDimension) throws ModelFormatException {
        int rotated = metadata.integerOr("llama.rope.dimension_count", 2, headDimension, headDimension);
        if (rotated % 2 != 0) {
            throw metadata.fault("llama.rope.dimension_count", "is " + rotated + ", expected an even number");
        }
        double base = metadata.numberOr("llama.rope.freq_base", 10_000);
        if (base <= 1) {
            throw metadata.fault("llama.rope.freq_base", "is " + base + ", expected more than 1");
        }
        return new RopeConfig(base, rotated, scaling(metadata));
    }

    private static Scaling scaling(ModelMetadata metadata) throws ModelFormatException {
        String otherwise = metadata.contains("llama.rope.scale_linear") ? "linear" : "none";
        String type = String.valueOf(metadata.stringOr("llama.rope.scaling.type", otherwise));
        return switch (type) {
            case "none" -> new Unscaled();
            case "linear" -> new Linear(positive(metadata, "llama.rope.scaling.factor", "llama.rope.scale_linear"));
            case "llama3" ->
                new Llama3(
                        positive(metadata, "llama.rope.scaling.factor", "llama.rope.scaling.factor"),
                        metadata.numberOr("llama.rope.scaling.low_freq_factor", 1),
                        metadata.numberOr("llama.rope.scaling.high_freq_factor", 4),
                        metadata.integerOr("llama.rope.scaling.original_context_length", 1, 1 << 24, 8192));
            default ->
                throw metadata.fault("llama.rope.scaling.type", "is '" + type + "'; known: none, linear, llama3");
        };
    }

    private static double positive(ModelMetadata metadata, String key, String olderKey) throws ModelFormatException {
        String present = metadata.contains(key) ? key : olderKey;
        double value = metadata.number(present);
        if (value <= 0) {
            throw metadata.fault(present, "is " + value + ", expected more than 0");
        }
        return value;
    }
}
