// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KernelProvider;
import dev.dendra.kernels.KernelSelector;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a kernel provider. */
final class KernelsConverter implements ITypeConverter<String> {

    @Override
    public String convert(String word) {
        List<String> known = Stream.concat(
                        Stream.of(KernelSelector.AUTO),
                        KernelSelector.providers().stream().map(KernelProvider::name))
                .toList();
        if (!known.contains(word)) {
            throw new TypeConversionException("expected one of " + String.join(", ", known) + ", got '" + word + "'");
        }
        return word;
    }
}
