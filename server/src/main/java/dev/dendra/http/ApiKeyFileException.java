// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.nio.file.Path;

/** A key file that is not one; the message names the file and the line. */
public final class ApiKeyFileException extends Exception {
    private static final long serialVersionUID = 1;

    ApiKeyFileException(Path file, int line, String problem) {
        super(file + ", line " + line + ": " + problem);
    }

    ApiKeyFileException(Path file, String problem) {
        super(file + ": " + problem);
    }
}
