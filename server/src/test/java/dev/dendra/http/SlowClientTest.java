// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent.FinishReason;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that take their time, and many that do nothing. */
@Timeout(60)
class SlowClientTest {
    private static final String PATH = "/v1/completions";
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final int IDLE_CONNECTIONS = 500;

    private final RunningServer server = server(PublicAccess.MAXIMUM_CONNECTIONS);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void cutsOffAClientThatSaysNothing() throws Exception {
        try (Socket socket = server.connect("")) {
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void cutsOffAClientThatDripsItsHead() throws Exception {
        try (Socket socket = server.connect("GET /health HTTP/1.1\r\nHost: localhost\r\nx: ")) {
            assertTrue(dripUntilClosed(socket));
        }
    }

    @Test
    void cutsOffAClientThatDripsASecondHead() throws Exception {
        try (Socket socket = server.connect("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
            assertEquals('H', socket.getInputStream().read());
            assertTrue(dripUntilClosed(socket));
        }
    }

    @Test
    void cutsOffAClientThatDripsItsBody() throws Exception {
        try (Socket socket =
                server.connect("POST " + PATH + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")) {
            assertTrue(dripUntilClosed(socket));
        }
        assertTrue(server.engine.isIdle());
    }

    @Test
    void cutsOffAClientThatDripsABodyThatNobodyWants() throws Exception {
        try (Socket socket =
                server.connect("POST /unknown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")) {
            assertEquals('H', socket.getInputStream().read());
            assertTrue(dripUntilClosed(socket));
        }
    }

    @Test
    void servesOthersBesideManyIdleConnections() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try (RunningServer patient = new RunningServer()) {
            patient.engine.script(generation -> generation.say("x").finish(FinishReason.LENGTH));
            for (int i = 0; i < IDLE_CONNECTIONS; i++) {
                idle.add(patient.connect(i % 2 == 0 ? "" : "POST " + PATH + " HTTP/1.1\r\nHost: lo"));
            }
            assertEquals(200, patient.post(PATH, "{\"prompt\":\"a\"}").statusCode());
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void closesConnectionsBeyondTheLimit() throws Exception {
        try (RunningServer small = server(2, Duration.ofSeconds(30));
                Socket first = small.connect(HEALTH)) {
            assertEquals('H', first.getInputStream().read());
            try (Socket second = small.connect(HEALTH)) {
                assertEquals('H', second.getInputStream().read());
                try (Socket third = small.connect("")) {
                    assertEquals(-1, third.getInputStream().read());
                }
            }
            // The place is free once the server has noticed.
            int answer = -1;
            while (answer < 0) {
                try (Socket next = small.connect(HEALTH)) {
                    answer = next.getInputStream().read();
                } catch (IOException closedByServer) {
                    answer = -1;
                }
            }
            assertEquals('H', answer);
        }
    }

    /** A byte at a time, for as long as the server takes them. */
    private static boolean dripUntilClosed(Socket socket) throws IOException {
        socket.setSoTimeout(20);
        long end = System.nanoTime() + RunningServer.PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            try {
                socket.getOutputStream().write("x".getBytes(StandardCharsets.US_ASCII));
                if (socket.getInputStream().read() < 0) {
                    return true;
                }
            } catch (SocketTimeoutException stillOpen) {
                // one more
            } catch (IOException reset) {
                return true;
            }
        }
        return false;
    }

    private static RunningServer server(int connections) {
        return server(connections, Duration.ofMillis(300));
    }

    private static RunningServer server(int connections, Duration clientTimeout) {
        PublicAccess open = PublicAccess.open();
        return new RunningServer(
                HttpServerOptions.defaults().withTimes(Duration.ofMillis(500), clientTimeout, Duration.ofSeconds(5)),
                new PublicAccess(open.keys(), open.tls(), open.origins(), connections, open.accessLog()),
                false);
    }
}
