// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.http.ApiKeys;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code key}: makes a key for the API. */
@Command(
        name = "key",
        description = {
            "Make a key for clients of serve --api-keys.",
            "The key itself is shown once and kept nowhere; the file has its hash."
        })
final class KeyCommand implements Callable<Integer> {

    private final Console console;

    @Parameters(
            paramLabel = "NAME",
            description = "Whose key it is, for logs and limits: letters, digits, dots, dashes, underscores.")
    private String name = "";

    @Spec
    private @Nullable CommandSpec spec;

    KeyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!ApiKeys.isName(name) && spec != null) {
            throw new ParameterException(
                    spec.commandLine(), "NAME has 1 to 64 letters, digits, dots, dashes and underscores");
        }
        String key = ApiKeys.random();
        console.out().printf("key, for the client:    %s%n", key);
        console.out().printf("line, for the key file: %s:%s%n", name, ApiKeys.hash(key));
        return 0;
    }
}
