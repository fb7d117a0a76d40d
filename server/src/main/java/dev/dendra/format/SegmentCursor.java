// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads little-endian fields one after the other, and names the field that runs past the end of the file. */
final class SegmentCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment segment;
    private long position;

    SegmentCursor(String file, MemorySegment segment) {
        this.file = file;
        this.segment = segment;
    }

    long position() {
        return position;
    }

    long remaining() {
        return segment.byteSize() - position;
    }

    /** Fails unless {@code bytes}, taken as unsigned, remain. */
    void require(long bytes, String field) throws ModelFormatException {
        if (Long.compareUnsigned(bytes, remaining()) > 0) {
            throw new ModelFormatException(
                    file,
                    position,
                    field,
                    "needs " + Long.toUnsignedString(bytes) + " bytes, the file has " + remaining() + " left");
        }
    }

    /** Fails unless {@code count} elements, taken as unsigned, of at least {@code bytes} each remain. */
    void requireElements(long count, int bytes, String field) throws ModelFormatException {
        if (Long.compareUnsigned(count, remaining() / bytes) > 0) {
            throw new ModelFormatException(
                    file,
                    position,
                    field,
                    "claims " + Long.toUnsignedString(count) + ", the " + remaining()
                            + " bytes left have no room for it");
        }
    }

    byte int8(String field) throws ModelFormatException {
        require(1, field);
        return segment.get(ValueLayout.JAVA_BYTE, position++);
    }

    short int16(String field) throws ModelFormatException {
        require(Short.BYTES, field);
        short value = segment.get(SHORT, position);
        position += Short.BYTES;
        return value;
    }

    int int32(String field) throws ModelFormatException {
        require(Integer.BYTES, field);
        int value = segment.get(INT, position);
        position += Integer.BYTES;
        return value;
    }

    long int64(String field) throws ModelFormatException {
        require(Long.BYTES, field);
        long value = segment.get(LONG, position);
        position += Long.BYTES;
        return value;
    }

    /** A string: its length in 64 bits, then so many bytes of UTF-8, at most {@code maximumBytes}. */
    String string(String field, int maximumBytes) throws ModelFormatException {
        long start = position;
        long length = int64(field + " length");
        if (Long.compareUnsigned(length, maximumBytes) > 0) {
            throw new ModelFormatException(
                    file,
                    start,
                    field + " length",
                    "is " + Long.toUnsignedString(length) + ", at most " + maximumBytes + " are accepted");
        }
        require(length, field);
        byte[] bytes = new byte[(int) length];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, bytes, 0, bytes.length);
        position += length;
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) {
            requireUtf8(bytes, start, field);
        }
        return text;
    }

    /** A replacement character is either spelt out in the file or the decoder's answer to malformed bytes. */
    private void requireUtf8(byte[] bytes, long start, String field) throws ModelFormatException {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException malformed) {
            throw new ModelFormatException(file, start, field, "is not UTF-8");
        }
    }
}
