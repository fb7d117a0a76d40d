// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.CacheFolder;
import dev.dendra.convert.ModelConverter;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufFile;
import dev.dendra.format.Sha256;
import dev.dendra.platform.ThreadAffinity;
import dev.dendra.tensor.Encoding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code convert}: packs a GGUF file into a {@code .dendra} file. */
@Command(name = "convert", description = "Pack a .gguf file into a .dendra file, in one encoding or the nearest ones.")
final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", description = "A .gguf file, or a name that `dendra models` lists.")
    private String model = "";

    @Option(
            names = "--encoding",
            paramLabel = "ENCODING",
            converter = WordConverter.OfEncoding.class,
            description =
                    "f32, bf16, i8, i8g32 or u4g32 for every matrix (default: the nearest to each tensor's type).")
    private @Nullable Encoding encoding;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file to write.")
    private Path output = Path.of("");

    @Option(names = "--cache", paramLabel = "FOLDER", description = "Folder of fetched models.")
    private @Nullable Path cache;

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path folder = CacheFolder.resolve(Optional.ofNullable(cache), console.environment());
        Path source =
                new ModelLocator(console).locate(Optional.of(model), folder).file();
        ModelConverter converter = new ModelConverter(ThreadAffinity.availableCpus());
        try (GgufFile gguf = GgufFile.open(source);
                PackingProgress progress = new PackingProgress(console)) {
            converter.convert(gguf, Sha256.of(source), Optional.ofNullable(encoding), output, progress);
        }
        try (DendraFile packed = DendraFile.open(output)) {
            TensorTable.print(packed.tensors(), console.out());
        }
        console.out().println("written to " + output);
        return 0;
    }
}
