// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenCountsTest {

    @Test
    void countsAreThoseOfAMapThroughEveryGrowth() {
        Random random = new Random(1);
        TokenCounts counts = new TokenCounts();
        Map<Integer, Integer> expected = new LinkedHashMap<>();
        for (int i = 0; i < 20_000; i++) {
            int token = (int) Math.abs(random.nextGaussian() * 3000);
            if (random.nextBoolean()) {
                counts.addPrompt(token);
                expected.putIfAbsent(token, 0);
            } else {
                counts.addGenerated(token);
                expected.merge(token, 1, Integer::sum);
            }
        }
        assertEquals(expected.size(), counts.size());
        int entry = 0;
        for (Map.Entry<Integer, Integer> seen : expected.entrySet()) {
            assertEquals(seen.getKey(), counts.token(entry));
            assertEquals(seen.getValue(), counts.generated(entry), "token " + seen.getKey());
            entry++;
        }
    }
}
