// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KvType;
import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.ModelConfig;
import dev.dendra.platform.MemoryInfo;
import picocli.CommandLine.Option;

/** How much memory the KV cache of a server takes. */
final class KvCacheArguments {
    @Option(
            names = "--kv-memory",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "Memory of the KV cache, such as 2GiB or 500MB (default: enough for --max-sequences full "
                    + "contexts, but at most a quarter of the available memory).")
    private long bytes;

    /**
     * The cache.
     *
     * @param sequences most that are in progress at once
     * @param context most tokens of a sequence; 0 for the model's own
     * @throws CommandFailure if the memory that was asked for is less than a block or more than there is
     */
    KvCacheOptions options(ModelConfig config, KvType type, int sequences, int context) throws CommandFailure {
        if (bytes == 0) {
            return KvCacheOptions.automatic(type, sequences);
        }
        KvCacheOptions options = KvCacheOptions.ofMemory(type, bytes);
        try {
            int longest = context == 0 ? config.contextLength() : context;
            options.layout(config, longest, MemoryInfo.detect());
        } catch (IllegalArgumentException unfit) {
            throw new CommandFailure("--kv-memory: " + unfit.getMessage());
        }
        return options;
    }
}
