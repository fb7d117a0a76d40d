// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KernelLoadException;
import dev.dendra.tokenizer.ChatTemplateException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Tells the user in one message why a command failed; the stack trace is for {@code --verbose}. */
final class FailureReporter implements IExecutionExceptionHandler {
    private static final int INTERRUPTED = 130;

    private final Console console;
    private final DendraCommand root;

    FailureReporter(Console console, DendraCommand root) {
        this.console = console;
        this.root = root;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parseResult) {
        console.out().flush();
        console.err().println("dendra: " + message(failure));
        if (root.verbose()) {
            failure.printStackTrace(console.err());
        }
        return failure instanceof InterruptedException ? INTERRUPTED : CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Exception failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "no such file: " + missing.getFile();
            case AccessDeniedException denied -> "permission denied: " + denied.getFile();
            case UncheckedIOException wrapped -> message(Objects.requireNonNull(wrapped.getCause()));
            case InterruptedException interrupted -> "interrupted";
            case FileSystemException fault -> String.valueOf(fault.getMessage());
            case CommandFailure fault -> String.valueOf(fault.getMessage());
            case KernelLoadException fault -> String.valueOf(fault.getMessage());
            case ChatTemplateException fault -> String.valueOf(fault.getMessage());
            case IOException fault when fault.getMessage() != null -> fault.getMessage();
            default -> "internal error: " + failure + " (--verbose shows where)";
        };
    }
}
