// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {

    @TempDir
    private Path folder = Path.of("");

    @Test
    void threeFormsSayTheSame() throws IOException {
        List<Trace.Entry> expected = List.of(new Trace.Entry(0, 100, 20), new Trace.Entry(1.5, 7, 1));

        assertEquals(expected, read("arrival_seconds,prompt_tokens,output_tokens\n0,100,20\n\n1.5, 7, 1\n"));
        assertEquals(expected, read("0,100,20\n1.5,7,1"));
        assertEquals(expected, read("""
                {"arrival_seconds":0,"prompt_tokens":100,"output_tokens":20}
                {"arrival_seconds":1.5,"prompt_tokens":7,"output_tokens":1,"more":[]}
                """));
        assertEquals(expected, read("""
                {"timestamp":0,"input_length":100,"output_length":20,"hash_ids":[1,2]}
                {"timestamp":1500,"input_length":7,"output_length":1}
                """));
    }

    @Test
    void errorsNameTheLine() throws IOException {
        Map<String, String> errors = Map.of(
                "0,1,1\n1,2\n", ":2: expected arrival_seconds,prompt_tokens,output_tokens, got 2 values",
                "0,1,1\n\nx,2,2\n", ":3: not a number",
                "1,1,1\n0.5,1,1\n", ":2: arrives before the line above it",
                "0,0,1\n", ":1: prompt_tokens must be a whole number",
                "0,1,1.5\n", ":1: output_tokens must be a whole number",
                "NaN,1,1\n", ":1: the arrival must be",
                "{\"arrival_seconds\":0,\n", ":1: not JSON",
                "{\"arrival_seconds\":0,\"prompt_tokens\":\"9\"}\n", ":1: prompt_tokens must be a number",
                "\n\n", ": no requests");
        for (Map.Entry<String, String> each : errors.entrySet()) {
            BadInput error = assertThrows(BadInput.class, () -> read(each.getKey()), each.getKey());
            String message = String.valueOf(error.getMessage());
            assertEquals(true, message.startsWith(folder + "/trace" + each.getValue()), message);
        }
    }

    private List<Trace.Entry> read(String text) throws IOException {
        return Trace.read(Files.writeString(folder.resolve("trace"), text));
    }
}
