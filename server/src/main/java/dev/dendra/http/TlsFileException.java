// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.nio.file.Path;

/** A certificate or key file that cannot be used; the message names the file and says what helps. */
public final class TlsFileException extends Exception {
    private static final long serialVersionUID = 1;

    TlsFileException(Path file, String problem) {
        super(file + ": " + problem);
    }

    TlsFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}
