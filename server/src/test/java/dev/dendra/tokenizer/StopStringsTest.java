// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    private record Outcome(String text, @Nullable String stop) {}

    /** The definition: the stop string that is complete first, the longest of those. */
    private static Outcome searched(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            String longest = null;
            for (String stop : stops) {
                if (head.endsWith(stop) && (longest == null || stop.length() > longest.length())) {
                    longest = stop;
                }
            }
            if (longest != null) {
                return new Outcome(head.substring(0, end - longest.length()), longest);
            }
        }
        return new Outcome(text, null);
    }

    private static String random(Random random, int minimum, int maximum) {
        StringBuilder text = new StringBuilder();
        for (int i = minimum + random.nextInt(maximum - minimum + 1); i > 0; i--) {
            text.append("ab👍\n".charAt(random.nextInt(5)));
        }
        return text.toString();
    }

    @Test
    void findsWhatASearchOfTheWholeTextFindsHoweverItIsCut() {
        Random random = new Random(1);
        for (int round = 0; round < 20_000; round++) {
            List<String> stops = IntStream.range(0, random.nextInt(4))
                    .mapToObj(i -> random(random, 1, 5))
                    .toList();
            String text = random(random, 0, 40);
            StopStrings.Matcher matcher = StopStrings.of(stops).matcher();
            StringBuilder safe = new StringBuilder();
            for (int from = 0; from < text.length(); ) {
                int to = Math.min(text.length(), from + random.nextInt(6));
                safe.append(matcher.append(text.substring(from, to)));
                from = to;
            }
            safe.append(matcher.finish());
            assertEquals(
                    searched(text, stops), new Outcome(safe.toString(), matcher.stop()), () -> stops + " in " + text);
        }
    }

    @Test
    void holdsBackOnlyWhatMayBeTheStartOfAStop() {
        StopStrings.Matcher matcher = StopStrings.of(List.of("</end>", "STOP")).matcher();
        assertEquals("one ", matcher.append("one <"));
        assertEquals("", matcher.append("/en"));
        assertEquals("</enough ", matcher.append("ough S"));
        assertEquals("", matcher.append("TO"));
        assertNull(matcher.stop());
        assertEquals("", matcher.append("P and more"));
        assertEquals("STOP", matcher.stop());
        assertEquals("", matcher.append("more") + matcher.finish());
    }

    @Test
    void passesEverythingOnAtOnceWithoutStops() {
        assertEquals("text", StopStrings.of(List.of()).matcher().append("text"));
    }

    @Test
    void refusesAnEmptyStop() {
        assertThrows(IllegalArgumentException.class, () -> StopStrings.of(List.of("x", "")));
    }
}
