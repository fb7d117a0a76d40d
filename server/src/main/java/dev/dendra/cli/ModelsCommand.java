// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CatalogModel;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code models}: the catalogue. */
@Command(name = "models", description = "List the models that can be had by name.")
final class ModelsCommand implements Callable<Integer> {
    private final Console console;

    ModelsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().printf(Locale.ROOT, "%-28s %10s  %-12s %s%n", "NAME", "SIZE", "LICENSE", "FILE");
        for (CatalogModel model : console.catalog().models()) {
            console.out()
                    .printf(
                            Locale.ROOT,
                            "%-28s %10s  %-12s %s%s%s%n",
                            model.name(),
                            ByteSize.text(model.bytes()),
                            model.license(),
                            model.fileName(),
                            model.equals(console.catalog().defaultModel()) ? "  (default)" : "",
                            model.isShipped() ? "  (comes with Dendra)" : "");
        }
        return 0;
    }
}
