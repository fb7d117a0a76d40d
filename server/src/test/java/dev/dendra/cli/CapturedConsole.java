// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.ModelCatalog;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Runs commands in this process and keeps what they write. */
final class CapturedConsole {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console;

    /** A user who types {@code input}, and whose models are in {@code cache}. */
    CapturedConsole(String input, Path cache) {
        this(input, Map.of("DENDRA_CACHE", cache.toString()), ModelCatalog.standard());
    }

    /** A user with an environment, and models that can be named. */
    CapturedConsole(String input, Map<String, String> environment, ModelCatalog catalog) {
        console = new Console(
                new BufferedReader(new StringReader(input)),
                new PrintWriter(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                environment,
                catalog);
    }

    /** A user who types nothing and has no models. */
    static CapturedConsole silent() {
        return new CapturedConsole("", Path.of("no-such-folder"));
    }

    Console console() {
        return console;
    }

    int run(String... arguments) {
        return Main.run(console, arguments);
    }

    String out() {
        console.out().flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
