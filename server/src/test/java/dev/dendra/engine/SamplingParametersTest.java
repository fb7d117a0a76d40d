// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SamplingParametersTest {
    private static final float NAN = Float.NaN;

    @Test
    void parametersOutOfRangeAreRefusedByName() {
        String message = assertThrows(IllegalArgumentException.class, () -> with(1, 0, 0, 0))
                .getMessage();
        assertEquals("topP is out of range: 0.0", message);
        assertThrows(IllegalArgumentException.class, () -> with(NAN, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> with(2.1f, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> with(1, -1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> with(1, 0, 1, 1.5f));
        assertThrows(IllegalArgumentException.class, () -> biased(1, Map.of(1, 101f)));
        assertThrows(IllegalArgumentException.class, () -> new SamplingParameters(1, 0, 1, 0, 0, 0, 0, Map.of(), 0));
        assertThrows(IllegalArgumentException.class, () -> new SamplingParameters(1, 0, 1, 0, 1, 3, 0, Map.of(), 0));
        assertThrows(IllegalArgumentException.class, () -> new SamplingParameters(1, 0, 1, 0, 1, 0, NAN, Map.of(), 0));
    }

    private static SamplingParameters with(float temperature, int topK, float topP, float minP) {
        return new SamplingParameters(temperature, topK, topP, minP, 1, 0, 0, Map.of(), 0);
    }

    private static SamplingParameters biased(float temperature, Map<Integer, Float> bias) {
        return new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, bias, 0);
    }
}
