// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.chat.ToolCallFormat;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a format of tool calls. */
final class ToolFormatConverter implements ITypeConverter<ToolCallFormat> {

    @Override
    public ToolCallFormat convert(String word) {
        return ToolCallFormat.named(word).orElseThrow(() -> {
            String known = Arrays.stream(ToolCallFormat.values())
                    .map(ToolCallFormat::label)
                    .collect(Collectors.joining(", "));
            return new TypeConversionException("expected one of " + known + ", got '" + word + "'");
        });
    }
}
