// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.ModelCatalog;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a command reads, writes and knows. Text is UTF-8 whatever the locale, as models produce it.
 *
 * @param in lines from the user
 * @param out results
 * @param err progress, notes and errors
 * @param interactive whether a person at a terminal is looking
 * @param environment the process's environment variables
 * @param catalog models that the user can name
 */
record Console(
        BufferedReader in,
        PrintWriter out,
        PrintStream err,
        boolean interactive,
        Map<String, String> environment,
        ModelCatalog catalog) {

    /** Standard input, output and error of this process. */
    @SuppressWarnings("SystemConsoleNull") // it is null again in JDK 25 where there is no terminal
    static Console ofProcess() {
        java.io.Console terminal = System.console();
        return new Console(
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                terminal != null && terminal.isTerminal(),
                System.getenv(),
                ModelCatalog.standard());
    }
}
