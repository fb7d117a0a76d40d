// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServerSentEventsTest {

    @Test
    void eventsEndAtBlankLinesWhateverTheLineEnds() throws IOException {
        for (String end : List.of("\n", "\r", "\r\n")) {
            assertEquals(List.of("a", "b"), events("data: a" + end + end + "data:b" + end + end), end);
        }
    }

    @Test
    void oneLeadingSpaceIsNotData() throws IOException {
        assertEquals(List.of(" a ", ""), events("data:  a \n\ndata\n\n"));
    }

    @Test
    void dataLinesAreJoined() throws IOException {
        assertEquals(List.of("a\n\nb"), events("data: a\ndata:\ndata: b\n\n"));
    }

    @Test
    void commentsAndOtherFieldsAreNotData() throws IOException {
        assertEquals(
                List.of("a"), events("\uFEFF: ping\n\nevent: x\nid: 1\nretry: 5\n\nDATA: no\ndatax: no\ndata: a\n\n"));
    }

    @Test
    void anEventCutOffByTheEndIsNoEvent() throws IOException {
        assertEquals(List.of("a"), events("data: a\n\ndata: b\n"));
    }

    @Test
    void textIsUtf8() throws IOException {
        assertEquals(List.of("größer 🦙"), events("data: größer 🦙\n\n"));
    }

    @Test
    void anEventIsThereBeforeTheNextByteIs() throws IOException {
        try (PipedOutputStream server = new PipedOutputStream();
                PipedInputStream client = new PipedInputStream(server)) {
            ServerSentEvents events = new ServerSentEvents(client);
            // With a reader that waits for the LF of a CRLF this would never return.
            server.write("data: a\r\r".getBytes(StandardCharsets.UTF_8));
            assertEquals(Optional.of("a"), events.next());
        }
    }

    private static List<String> events(String stream) throws IOException {
        ServerSentEvents events =
                new ServerSentEvents(new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8)));
        List<String> found = new ArrayList<>();
        for (Optional<String> event = events.next(); event.isPresent(); event = events.next()) {
            found.add(event.get());
        }
        return found;
    }
}
