// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.convert.ConversionProgress;
import dev.dendra.convert.ModelConverter;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufBuilder;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.PackedModel;
import dev.dendra.format.Sha256;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.OffHeap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedCacheTest {
    @TempDir
    Path folder;

    private final AtomicInteger tensorsPacked = new AtomicInteger();
    private final ConversionProgress progress = (done, total, tensor) -> tensorsPacked.incrementAndGet();
    private Path cache;
    private Path gguf;

    @BeforeEach
    void writeModel() throws IOException {
        cache = folder.resolve("a/cache");
        gguf = model(1f).write(folder.resolve("m.gguf"));
    }

    private static GgufBuilder model(float weight) {
        return new GgufBuilder().tensor("w", new float[] {weight, 2, 3, 4}, 2, 2);
    }

    @Test
    void packsOnceAndMapsFromThenOn() throws IOException {
        PackedCache.Prepared first = open(Optional.empty());
        PackedCache.Prepared second = open(Optional.empty());
        assertEquals(1, tensorsPacked.get());
        assertTrue(second.source() instanceof DendraFile);
        assertEquals(first.file(), second.file());
        assertEquals(Optional.empty(), second.reason());
        assertEquals(Encoding.F32, second.source().matrix("w").encoding());
    }

    @Test
    void anotherEncodingOrSourceIsPackedAnew() throws IOException {
        Path plain = open(Optional.empty()).file().orElseThrow();
        Path bytes = open(Optional.of(Encoding.I8)).file().orElseThrow();
        model(7f).write(gguf);
        Path changed = open(Optional.empty()).file().orElseThrow();
        assertEquals(3, tensorsPacked.get());
        assertEquals(3, Set.of(plain, bytes, changed).size());
    }

    @Test
    void aDamagedPackedFileIsPackedAnew() throws IOException {
        Path packed = open(Optional.empty()).file().orElseThrow();
        byte[] bytes = Files.readAllBytes(packed);
        Files.write(packed, Arrays.copyOf(bytes, bytes.length - 1));
        open(Optional.empty());
        assertEquals(2, tensorsPacked.get());
        assertEquals(bytes.length, Files.size(packed));
    }

    @Test
    void aCacheThatCannotBeWrittenMeansPackingInMemory() throws IOException {
        Files.createDirectories(folder.resolve("a"));
        Files.write(cache, new byte[1]);
        PackedCache.Prepared prepared = open(Optional.empty());
        assertTrue(prepared.source() instanceof PackedModel);
        assertTrue(prepared.reason().orElseThrow().contains(cache.toString()));
    }

    @Test
    void anUnsoundModelIsRefused() throws IOException {
        Files.write(gguf, new byte[100]);
        assertThrows(ModelFormatException.class, () -> open(Optional.empty()));
    }

    @Test
    void rememberedDigestsFollowTheFile() throws IOException {
        Files.createDirectories(cache);
        DigestCache digests = new DigestCache(cache);
        assertEquals(Sha256.of(gguf), digests.digest(gguf));
        assertEquals(Sha256.of(gguf), digests.digest(gguf));
        model(9f).write(gguf);
        assertEquals(Sha256.of(gguf), digests.digest(gguf));
    }

    private PackedCache.Prepared open(Optional<Encoding> encoding) throws IOException {
        return new PackedCache(cache, new ModelConverter(2))
                .open(gguf, encoding, bytes -> OffHeap.allocate(Arena.ofAuto(), bytes), progress);
    }
}
