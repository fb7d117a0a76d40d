// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.ModelSource;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.Tokenizer;
import java.util.Optional;

/**
 * A model whose weights are packed and whose tokenizer is ready; nothing is computed yet.
 *
 * @param name what users call it
 * @param source metadata and weights
 * @param tokenizer its tokenizer
 * @param chatTemplate nothing where it has none that works
 * @param storage where the packed weights are, for people
 * @param memory what holds weights that were packed in memory; nothing where a file is mapped
 */
record OpenedModel(
        String name,
        ModelSource source,
        Tokenizer tokenizer,
        Optional<ChatTemplate> chatTemplate,
        String storage,
        Optional<HugePageMemory> memory)
        implements AutoCloseable {

    /** Whether the weights were packed in memory and need no other place. */
    boolean isInMemory() {
        return memory.isPresent();
    }

    @Override
    public void close() {
        source.close();
        memory.ifPresent(HugePageMemory::close);
    }
}
