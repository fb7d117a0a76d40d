// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads the data of server-sent events, one at a time and as soon as it is complete (WHATWG HTML, section 9.2.6): lines
 * end in LF, CR or CRLF, several {@code data} lines are one text, comments and other fields are passed over, and an
 * event that the stream breaks off is not an event.
 */
final class ServerSentEvents {

    private final InputStream in;
    private boolean atStart = true;
    private boolean lineFeedMayFollow;

    ServerSentEvents(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    /** The data of the next event, or nothing at the end of the stream. */
    Optional<String> next() throws IOException {
        StringBuilder data = new StringBuilder();
        boolean hasData = false;
        for (Optional<String> line = line(); line.isPresent(); line = line()) {
            String text = line.get();
            if (text.isEmpty()) {
                if (hasData) {
                    return Optional.of(data.toString());
                }
                continue;
            }
            int colon = text.indexOf(':');
            String field = colon < 0 ? text : text.substring(0, colon);
            if (field.equals("data")) {
                String value = colon < 0 ? "" : text.substring(colon + 1);
                data.append(hasData ? "\n" : "").append(value.startsWith(" ") ? value.substring(1) : value);
                hasData = true;
            }
        }
        return Optional.empty();
    }

    private Optional<String> line() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            boolean isSecondHalfOfLineEnd = lineFeedMayFollow && next == '\n';
            lineFeedMayFollow = false;
            if (isSecondHalfOfLineEnd) {
                continue;
            }
            if (next < 0) {
                return Optional.empty();
            }
            if (next == '\r' || next == '\n') {
                // Waiting for the LF of a CRLF would hold back a complete line.
                lineFeedMayFollow = next == '\r';
                return Optional.of(withoutByteOrderMark(bytes.toString(StandardCharsets.UTF_8)));
            }
            bytes.write(next);
        }
    }

    private String withoutByteOrderMark(String line) {
        boolean marked = atStart && line.startsWith("\uFEFF");
        atStart = false;
        return marked ? line.substring(1) : line;
    }
}
