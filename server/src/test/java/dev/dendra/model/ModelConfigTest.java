// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {

    private static ModelConfig config(Map<String, Object> changes) throws ModelFormatException {
        Map<String, Object> values = new LinkedHashMap<>(new TinyModel(1).metadata());
        values.putAll(changes);
        return ModelConfig.of(new ModelMetadata("tiny.gguf", values));
    }

    @Test
    void readsTheShape() throws ModelFormatException {
        ModelConfig config = config(Map.of());
        assertEquals(TinyModel.LAYERS, config.layers());
        assertEquals(TinyModel.HEADS, config.heads());
        assertEquals(TinyModel.KV_HEADS, config.kvHeads());
        assertEquals(TinyModel.HEAD_DIMENSION, config.headDimension());
        assertEquals(TinyModel.VOCABULARY, config.vocabularySize());
        assertEquals(new RopeConfig.Unscaled(), config.rope().scaling());
    }

    @ParameterizedTest
    @CsvSource({
        "llama.attention.head_count_kv, 3",
        "llama.attention.head_count_kv, 0",
        "llama.block_count, 0",
        "llama.embedding_length, -1",
        "llama.rope.dimension_count, 3",
        "llama.rope.freq_base, 0",
        "llama.expert_count, 8",
        "llama.attention.value_length, 4"
    })
    void valuesThatMakeNoSenseAreNamed(String key, long value) {
        ModelFormatException fault = assertThrows(ModelFormatException.class, () -> config(Map.of(key, value)));
        assertMessageHas(key, fault);
    }

    @Test
    void otherArchitecturesAreRefusedByName() {
        ModelFormatException fault =
                assertThrows(ModelFormatException.class, () -> config(Map.of("general.architecture", "gemma3")));
        assertMessageHas("'gemma3'", fault);
        fault = assertThrows(ModelFormatException.class, () -> config(Map.of("llama.rope.scaling.type", "yarn")));
        assertMessageHas("'yarn'", fault);
    }

    /** Values worked out by hand from the definition, for factor 8, bounds 1 and 4, trained context 8192. */
    @Test
    void llama3KeepsShortWavesAndStretchesLongOnes() {
        RopeConfig.Llama3 scaling = new RopeConfig.Llama3(8, 1, 4, 8192);
        double shortWave = 2 * Math.PI / 2047;
        double longWave = 2 * Math.PI / 8193;
        double between = 2 * Math.PI / 4096;
        assertEquals(shortWave, scaling.scaled(shortWave));
        assertEquals(longWave / 8, scaling.scaled(longWave));
        // 8192 / 4096 = 2, a third of the way from 1 to 4.
        assertEquals(between * (2.0 / 3 / 8 + 1.0 / 3), scaling.scaled(between), 1e-12);
    }

    private static void assertMessageHas(String part, Exception thrown) {
        String message = String.valueOf(thrown.getMessage());
        assertTrue(message.contains(part), message);
    }
}
