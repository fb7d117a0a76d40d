// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code test}: known here only to say where it is. */
@Command(name = "test", description = "Run the checks of the build; done by the script ./dendra of a checkout.")
final class TestCommand implements Callable<Integer> {

    @Override
    public Integer call() throws CommandFailure {
        throw new CommandFailure("tests belong to the build: run `./dendra test` in a checkout");
    }
}
