// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which kernels compute. */
final class KernelArguments {
    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            defaultValue = "auto",
            converter = KernelsConverter.class,
            description = "auto, native, vector or reference (default: ${DEFAULT-VALUE}).")
    private String kernels = "auto";

    @Option(
            names = "--isa",
            paramLabel = "NAME",
            description = "Instruction set of the kernels that --kernels names, as `dendra doctor` lists them "
                    + "(default: the best).")
    private @Nullable String isa;

    /** The choice. */
    KernelChoice choice() {
        return new KernelChoice(kernels, Optional.ofNullable(isa));
    }
}
