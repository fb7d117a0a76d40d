// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command that has all others below it. */
@Command(
        name = "dendra",
        description = "An LLM inference server for CPUs.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = DendraCommand.Version.class,
        sortOptions = false,
        showDefaultValues = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:success",
            "1:failure, with the reason on stderr",
            "2:wrong usage",
            "3:the engine hung (serve)",
            "130:interrupted"
        })
final class DendraCommand implements Runnable {

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show where a failure comes from.")
    private boolean verbose;

    @Spec
    private @Nullable CommandSpec spec;

    /** Whether failures are shown with their stack traces. */
    boolean verbose() {
        return verbose;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "Missing command");
        }
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        static String text() {
            return Optional.ofNullable(DendraCommand.class.getPackage().getImplementationVersion())
                    .orElse("development");
        }

        @Override
        public String[] getVersion() {
            return new String[] {"dendra " + text()};
        }
    }
}
