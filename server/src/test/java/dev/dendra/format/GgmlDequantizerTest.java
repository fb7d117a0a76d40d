// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GgmlDequantizerTest {

    /** The fixture is written by {@code src/test/oracle/ggml_blocks_fixture.py}, from an independent implementation. */
    @Test
    void everyTypeGivesTheValuesOfTheReference() throws IOException {
        Set<GgmlType> checked = EnumSet.noneOf(GgmlType.class);
        for (String line : fixture()) {
            String[] parts = line.split(" ", 3);
            GgmlType type = GgmlType.valueOf(parts[0]);
            byte[] blocks = HexFormat.of().parseHex(parts[1]);
            ByteBuffer expected =
                    ByteBuffer.wrap(HexFormat.of().parseHex(parts[2])).order(ByteOrder.LITTLE_ENDIAN);
            int elements = expected.capacity() / Float.BYTES;
            // Two rows, so that the second one is looked for at the right place.
            GgufTensor tensor =
                    new GgufTensor(parts[0], type, List.of(elements / 2L, 2L), 0, MemorySegment.ofArray(blocks));
            GgmlDequantizer dequantizer = new GgmlDequantizer(tensor);
            float[] row = new float[elements / 2];
            for (int i = 0; i < elements; i++) {
                if (i % row.length == 0) {
                    dequantizer.dequantize(i / row.length, row);
                }
                assertEquals(expected.getFloat(i * Float.BYTES), row[i % row.length], 0f, type + " element " + i);
            }
            checked.add(type);
        }
        assertEquals(EnumSet.allOf(GgmlType.class), checked);
    }

    private static List<String> fixture() throws IOException {
        try (InputStream stream = GgmlDequantizerTest.class.getResourceAsStream("ggml_blocks.txt")) {
            assertNotNull(stream);
            return new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))
                    .lines()
                    .toList();
        }
    }
}
