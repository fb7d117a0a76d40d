// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.convert.ModelShape;
import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.sparsify.Allocation;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvType;
import dev.dendra.model.Activations;
import dev.dendra.model.WeightPlacement;
import dev.dendra.tensor.ActivationPrecision;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads words that stand for constants, and answers a wrong one with the known ones. */
abstract class WordConverter<T> implements ITypeConverter<T> {
    private final Function<String, T> ofId;

    /** @param ofId throws {@link IllegalArgumentException} with a message for the user */
    private WordConverter(Function<String, T> ofId) {
        this.ofId = ofId;
    }

    @Override
    public T convert(String word) {
        try {
            return ofId.apply(word);
        } catch (IllegalArgumentException unknown) {
            throw new TypeConversionException(String.valueOf(unknown.getMessage()));
        }
    }

    /** Precision of activations, which for {@code auto} the kernels decide. */
    static final class OfActivations extends WordConverter<Function<Kernels, Activations>> {
        OfActivations() {
            super(OfActivations::choice);
        }

        private static Function<Kernels, Activations> choice(String word) {
            if (word.equals("auto")) {
                return Activations::defaultOf;
            }
            Activations always = Activations.always(ActivationPrecision.ofId(word));
            return kernels -> always;
        }
    }

    /** How requests are logged. */
    static final class OfLogFormat extends WordConverter<LogFormat> {
        OfLogFormat() {
            super(LogFormat::ofId);
        }
    }

    /** Place of weights. */
    static final class OfWeightPlacement extends WordConverter<WeightPlacement> {
        OfWeightPlacement() {
            super(WeightPlacement::ofId);
        }
    }

    /** Type of keys and values. */
    static final class OfKvType extends WordConverter<KvType> {
        OfKvType() {
            super(KvType::ofId);
        }
    }

    /** Shape of made-up weights. */
    static final class OfModelShape extends WordConverter<ModelShape> {
        OfModelShape() {
            super(ModelShape::ofName);
        }
    }

    /** Encoding of weights. */
    static final class OfEncoding extends WordConverter<Encoding> {
        OfEncoding() {
            super(Encoding::ofId);
        }
    }

    /** Pattern of stored weights. */
    static final class OfPattern extends WordConverter<Pattern> {
        OfPattern() {
            super(Pattern::ofId);
        }
    }

    /** Method of pruning. */
    static final class OfPruningMethod extends WordConverter<PruningMethod> {
        OfPruningMethod() {
            super(PruningMethod::ofId);
        }
    }

    /** Allocation of density. */
    static final class OfAllocation extends WordConverter<Allocation> {
        OfAllocation() {
            super(Allocation::ofId);
        }
    }
}
