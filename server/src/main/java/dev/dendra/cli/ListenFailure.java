// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/** Finds out which of a server's addresses could not be had. */
final class ListenFailure {
    private ListenFailure() {}

    /** What to tell the user about {@code failure}. */
    static CommandFailure explain(RuntimeException failure, HttpServerOptions options) {
        String publicFault = fault(options.host(), options.port());
        if (publicFault != null) {
            return new CommandFailure(publicFault + "; choose another with --host and --port", failure);
        }
        String adminFault = fault(options.adminHost(), options.adminPort());
        if (adminFault != null) {
            return new CommandFailure(adminFault + "; choose another with --admin-host and --admin-port", failure);
        }
        if (options.port() == options.adminPort() && options.port() != 0) {
            return new CommandFailure("--port and --admin-port are both " + options.port(), failure);
        }
        return new CommandFailure("the server cannot listen: " + failure.getMessage(), failure);
    }

    /** Why that address cannot be had, or null if it can. */
    private static @Nullable String fault(String host, int port) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            return "unknown host " + host;
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
            return null;
        } catch (IOException e) {
            return "cannot listen on " + host + ":" + port + " (" + e.getMessage() + ")";
        }
    }
}
