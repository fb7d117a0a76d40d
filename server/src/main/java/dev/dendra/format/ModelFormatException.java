// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.IOException;

/** A model file that cannot be what it claims to be; the message names the file, the byte offset and the field. */
public final class ModelFormatException extends IOException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final long offset;
    private final String field;

    /**
     * A fault in a file.
     *
     * @param file path or name of the file
     * @param offset byte offset of the field, or -1 where the fault has no single place
     * @param field what was being read: {@code tensor 'blk.0.attn_q.weight' dimension 1}
     * @param problem what is wrong with it
     */
    public ModelFormatException(String file, long offset, String field, String problem) {
        super(file + (offset < 0 ? "" : ", offset " + offset) + ", " + field + ": " + problem);
        this.file = file;
        this.offset = offset;
        this.field = field;
    }

    /** The file at fault. */
    public String file() {
        return file;
    }

    /** Byte offset of the fault, or -1. */
    public long offset() {
        return offset;
    }

    /** The field at fault. */
    public String field() {
        return field;
    }
}
