// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How the energy of a server is told. */
final class EnergyArguments {
    @Mixin
    private final EnergySourceArguments source = new EnergySourceArguments();

    @Option(
            names = "--energy-estimate-watts",
            paramLabel = "WATTS",
            converter = WattsConverter.class,
            description =
                    "Power of the machine while it computes, as you know it from elsewhere: joules estimated from that"
                            + " get a metric of their own and are never mixed with measured ones (default: no estimate).")
    private @Nullable Double estimateWatts;

    /** The best meter of this machine, and the estimate if one was asked for. */
    EnergyMetering metering() {
        return new EnergyMetering(
                source.meter(), estimateWatts == null ? OptionalDouble.empty() : OptionalDouble.of(estimateWatts));
    }

    /** Reads a power. */
    static final class WattsConverter implements ITypeConverter<Double> {
        private static final double MOST = 100_000;

        @Override
        public Double convert(String text) {
            try {
                double watts = Double.parseDouble(text);
                if (watts > 0 && watts <= MOST) {
                    return watts;
                }
            } catch (NumberFormatException e) {
                // The message below says what was expected.
            }
            throw new TypeConversionException("expected watts above 0, at most 100000, got '" + text + "'");
        }
    }
}
