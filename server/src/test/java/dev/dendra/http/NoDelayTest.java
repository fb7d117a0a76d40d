// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * That connections send at once: with Nagle's algorithm the end of an answer waits some 40 ms for the client to acknowledge
 * its beginning. The server runs in this process, so that the kernel can be asked what it does with its end of a connection.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "finds the server's connections in /proc")
class NoDelayTest {
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int INODE = 9;
    private static final MethodHandle GETSOCKOPT = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("getsockopt"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));

    @Test
    void connectionsOfBothSocketsSendAtOnce() throws Throwable {
        try (RunningServer server = new RunningServer()) {
            assertTrue(sendsAtOnce(server.port(), "/health"), "public socket");
            assertTrue(sendsAtOnce(server.adminPort(), "/health/live"), "admin socket");
        }
    }

    /** Whether the server's end of a connection to {@code port} does, once it has answered a request. */
    private static boolean sendsAtOnce(int port, String path) throws Throwable {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.setSoTimeout((int) RunningServer.PATIENCE.toMillis());
            // Asked of a socket whose state is known, the question must have both answers.
            for (boolean expected : new boolean[] {true, false}) {
                client.setTcpNoDelay(expected);
                assertEquals(expected, isNoDelay(client.getLocalPort(), port), "as the client's end was set");
            }
            client.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', client.getInputStream().read());
            return isNoDelay(port, client.getLocalPort());
        }
    }

    private static boolean isNoDelay(int localPort, int remotePort) throws Throwable {
        int descriptor = descriptor("socket:[" + inode(localPort, remotePort) + "]");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(JAVA_INT, -1);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            assertEquals(0, (int) GETSOCKOPT.invokeExact(descriptor, IPPROTO_TCP, TCP_NODELAY, value, length));
            return value.get(JAVA_INT, 0) != 0;
        }
    }

    /** Of the end of a connection that has these ports. */
    private static String inode(int localPort, int remotePort) throws IOException {
        String local = String.format(Locale.ROOT, ":%04X", localPort);
        String remote = String.format(Locale.ROOT, ":%04X", remotePort);
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            Path path = Path.of(table);
            // There is no second table where the kernel has no IPv6.
            for (String line : Files.exists(path) ? Files.readAllLines(path) : List.<String>of()) {
                String[] fields = line.strip().split("\\s+", -1);
                if (fields[1].endsWith(local) && fields[2].endsWith(remote)) {
                    return fields[INODE];
                }
            }
        }
        throw new AssertionError("no connection from port " + localPort + " to " + remotePort);
    }

    private static int descriptor(String target) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                // One that was closed meanwhile is nobody's.
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).toString().equals(target)) {
                    return Integer.parseInt(descriptor.getFileName().toString());
                }
            }
        }
        throw new AssertionError(target + " is not open");
    }
}
