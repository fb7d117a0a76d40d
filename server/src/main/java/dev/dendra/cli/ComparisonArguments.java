// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Results of {@code bench --matrix} to put side by side. */
final class ComparisonArguments {
    @Option(
            names = "--compare",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Measure nothing, but print files of --matrix side by side.")
    private List<Path> files = List.of();

    @Option(
            names = "--plots",
            paramLabel = "FOLDER",
            description = "With --compare: draw them there too, a picture for each kind of work.")
    private @Nullable Path folder;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    /**
     * Whether there are any.
     *
     * @throws ParameterException if there are pictures to be drawn of nothing
     */
    boolean isAskedFor() {
        if (files.isEmpty() && folder != null) {
            throw new ParameterException(Objects.requireNonNull(command).commandLine(), "--plots needs --compare FILE");
        }
        return !files.isEmpty();
    }

    /** Files to compare. */
    List<Path> files() {
        return files;
    }

    /** Where pictures go. */
    Optional<Path> folder() {
        return Optional.ofNullable(folder);
    }
}
