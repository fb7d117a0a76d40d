// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.io.IOException;
import java.nio.file.Path;

/** A file that does not hold a {@link MatrixResult}; the message names file and field. */
public final class MatrixFileException extends IOException {
    private static final long serialVersionUID = 1;

    MatrixFileException(Path file, String problem) {
        super(file + ": " + problem);
    }
}
