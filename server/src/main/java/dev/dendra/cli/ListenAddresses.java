// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Checks the addresses of a server before anything else takes time, so that the message can name the option to change. */
final class ListenAddresses {
    private ListenAddresses() {}

    /**
     * Binds both addresses of {@code options} and lets them go again.
     *
     * @throws CommandFailure naming the address that cannot be had
     */
    static void requireFree(HttpServerOptions options) throws CommandFailure {
        if (options.port() != 0 && options.port() == options.adminPort()) {
            throw new CommandFailure("--port and --admin-port are both " + options.port());
        }
        requireFree(options.host(), options.port(), "--host and --port");
        requireFree(options.adminHost(), options.adminPort(), "--admin-host and --admin-port");
    }

    private static void requireFree(String host, int port, String remedy) throws CommandFailure {
        InetSocketAddress address = new InetSocketAddress(host, port);
        String problem;
        if (address.isUnresolved()) {
            problem = "unknown host";
        } else {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(address);
                return;
            } catch (IOException e) {
                problem = String.valueOf(e.getMessage());
            }
        }
        throw new CommandFailure(
                "cannot listen on " + host + ":" + port + ": " + problem + "; choose another address with " + remedy);
    }
}
