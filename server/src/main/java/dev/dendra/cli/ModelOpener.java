// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.catalog.PackedCache;
import dev.dendra.convert.ModelConverter;
import dev.dendra.convert.ModelShape;
import dev.dendra.convert.SyntheticModel;
import dev.dendra.convert.WeightFormat;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.ModelSource;
import dev.dendra.format.TensorAllocator;
import dev.dendra.platform.HugePageMemory;
import dev.dendra.platform.ThreadAffinity;
import dev.dendra.tokenizer.ChatTemplate;
import dev.dendra.tokenizer.ChatTemplateException;
import dev.dendra.tokenizer.Tokenizer;
import dev.dendra.tokenizer.TokenizerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens model files: packed ones as they are, GGUF files through the cache of packed ones; or makes a model up. */
final class ModelOpener {
    private static final System.Logger LOG = System.getLogger(ModelOpener.class.getName());
    private static final String DENDRA_MAGIC = "DNDR";
    private static final int DIGEST_CHARACTERS = 16;

    private final Console console;

    ModelOpener(Console console) {
        this.console = console;
    }

    /** Finds, fetches if need be, packs if need be and opens the model that {@code arguments} name. */
    OpenedModel open(ModelArguments arguments) throws CommandFailure, IOException, InterruptedException {
        return open(arguments.model(), arguments.cache());
    }

    /**
     * Finds, fetches if need be, packs if need be and opens a model.
     *
     * @param model path or catalogue name; nothing for the default model
     */
    OpenedModel open(Optional<String> model, CacheArguments cache)
            throws CommandFailure, IOException, InterruptedException {
        ModelLocator.Location location = new ModelLocator(console).locate(model, cache.folder(console.environment()));
        return open(location, cache.packed(console.environment()));
    }

    /**
     * Opens a file.
     *
     * @param cache where packed models are kept; nothing to pack in memory
     */
    OpenedModel open(ModelLocator.Location location, Optional<Path> cache) throws IOException {
        Path file = location.file();
        if (isPacked(file)) {
            return describe(
                    location.name(), DendraFile.open(file), tuned(location, cache), "mapped from " + file, null);
        }
        ModelConverter converter = new ModelConverter(ThreadAffinity.availableCpus());
        InMemory memory = new InMemory();
        try (PackingProgress progress = new PackingProgress(console)) {
            if (cache.isEmpty()) {
                try (GgufFile gguf = GgufFile.open(file)) {
                    ModelSource source = converter.pack(gguf, Optional.empty(), memory, progress);
                    return describe(location.name(), source, Optional.empty(), "packed in memory", memory.allocated);
                }
            }
            PackedCache.Prepared prepared =
                    new PackedCache(cache.get(), converter).open(file, Optional.empty(), memory, progress);
            prepared.reason().ifPresent(reason -> LOG.log(System.Logger.Level.WARNING, "packed in memory: " + reason));
            String storage = prepared.file()
                    .map(packed -> "mapped from " + packed)
                    .orElseGet(() -> "packed in memory: " + prepared.reason().orElse(""));
            return describe(location.name(), prepared.source(), prepared.file(), storage, memory.allocated);
        } catch (IOException | RuntimeException | Error failure) {
            memory.release();
            throw failure;
        }
    }

    /** Beside which file of those names results of measuring are kept: a packed file, or what stands for it in the cache. */
    private static Optional<Path> tuned(ModelLocator.Location location, Optional<Path> cache) {
        return location.shipped().isEmpty()
                ? Optional.of(location.file())
                : cache.map(folder -> folder.resolve(location.name() + "-"
                        + location.shipped().get().sha256().substring(0, DIGEST_CHARACTERS)));
    }

    /**
     * Makes a model of made-up weights in memory.
     *
     * @param format of its matrices
     * @throws CommandFailure if there is not so much memory
     */
    OpenedModel make(ModelShape shape, WeightFormat format) throws CommandFailure, ModelFormatException {
        long bytes = SyntheticModel.bytes(shape, format);
        MemoryShortage.check("weights of the shape of " + shape.name() + " take", bytes);
        InMemory memory = new InMemory();
        try {
            ModelSource source = new SyntheticModel(ThreadAffinity.availableCpus()).make(shape, format, memory);
            return describe(
                    shape.name() + " (synthetic)", source, Optional.empty(), "made up in memory", memory.allocated);
        } catch (ModelFormatException | RuntimeException | Error failure) {
            memory.release();
            throw failure;
        }
    }

    private static OpenedModel describe(
            String name, ModelSource source, Optional<Path> tuned, String storage, @Nullable HugePageMemory memory)
            throws ModelFormatException {
        ModelMetadata metadata = source.metadata();
        Tokenizer tokenizer = TokenizerFactory.of(metadata);
        return new OpenedModel(
                name,
                source,
                tokenizer,
                chatTemplate(metadata, tokenizer),
                storage,
                tuned,
                Optional.ofNullable(memory));
    }

    private static Optional<ChatTemplate> chatTemplate(ModelMetadata metadata, Tokenizer tokenizer)
            throws ModelFormatException {
        if (!ChatTemplate.isIn(metadata)) {
            return Optional.empty();
        }
        try {
            return Optional.of(ChatTemplate.of(metadata, tokenizer));
        } catch (ChatTemplateException unusable) {
            LOG.log(System.Logger.Level.WARNING, "no chat: " + unusable.getMessage());
            return Optional.empty();
        }
    }

    /** Whether a file is a packed one. */
    static boolean isPacked(Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer magic = ByteBuffer.allocate(DENDRA_MAGIC.length());
            channel.read(magic);
            return DENDRA_MAGIC.equals(new String(magic.array(), StandardCharsets.US_ASCII));
        }
    }

    /** Memory for weights that no file keeps, in huge pages where there are some. */
    private static final class InMemory implements TensorAllocator {
        private @Nullable HugePageMemory allocated;

        @Override
        public java.lang.foreign.MemorySegment allocate(long bytes) {
            HugePageMemory memory = HugePageMemory.allocate(Math.max(bytes, 1));
            allocated = memory;
            return memory.segment();
        }

        void release() {
            if (allocated != null) {
                allocated.close();
            }
        }
    }
}
