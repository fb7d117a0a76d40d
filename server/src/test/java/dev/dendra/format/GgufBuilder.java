// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes GGUF files by hand, sound ones by default, and remembers where their counts and lengths stand. */
public final class GgufBuilder {
    private static final int ALIGNMENT = 32;

    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final List<Integer> keyLengths = new ArrayList<>();
    private final List<Integer> infoLengths = new ArrayList<>();
    private int keyCount;
    private int tensorCount;

    /** A file, with the positions of its 64-bit counts, lengths, dimensions and offsets. */
    static final class Built {
        private final byte[] bytes;
        private final List<Integer> lengths;
        private final int headerBytes;

        private Built(byte[] bytes, List<Integer> lengths, int headerBytes) {
            this.bytes = bytes;
            this.lengths = List.copyOf(lengths);
            this.headerBytes = headerBytes;
        }

        byte[] bytes() {
            return bytes;
        }

        List<Integer> lengths() {
            return lengths;
        }

        int headerBytes() {
            return headerBytes;
        }
    }

    /** Adds a string. */
    public GgufBuilder string(String key, String value) {
        key(key, 8);
        string(keys, keyLengths, value);
        return this;
    }

    /** Adds an unsigned 32-bit integer. */
    public GgufBuilder uint32(String key, int value) {
        key(key, 4);
        keys.writeBytes(little(4).putInt(value).array());
        return this;
    }

    /** Adds a single-precision number. */
    public GgufBuilder float32(String key, float value) {
        key(key, 6);
        keys.writeBytes(little(4).putFloat(value).array());
        return this;
    }

    /** Adds a value of any type, its bytes given. */
    GgufBuilder raw(String key, int type, byte... value) {
        key(key, type);
        keys.writeBytes(value);
        return this;
    }

    /** Adds an array of strings. */
    public GgufBuilder strings(String key, List<String> values) {
        arrayHeader(key, 8, values.size());
        values.forEach(value -> string(keys, keyLengths, value));
        return this;
    }

    /** Adds an array of signed 32-bit integers. */
    public GgufBuilder int32s(String key, int... values) {
        arrayHeader(key, 5, values.length);
        for (int value : values) {
            keys.writeBytes(little(4).putInt(value).array());
        }
        return this;
    }

    /** Adds an array of single-precision numbers. */
    public GgufBuilder float32s(String key, float... values) {
        arrayHeader(key, 6, values.length);
        for (float value : values) {
            keys.writeBytes(little(4).putFloat(value).array());
        }
        return this;
    }

    /** Adds a tensor at the next aligned offset; dimensions in GGUF's order. */
    public GgufBuilder tensor(String name, GgmlType type, byte[] bytes, long... dimensions) {
        tensorInfo(name, type.id(), data.size(), dimensions);
        data.writeBytes(bytes);
        data.writeBytes(new byte[-data.size() & (ALIGNMENT - 1)]);
        return this;
    }

    /** Adds a tensor of single-precision values. */
    public GgufBuilder tensor(String name, float[] values, long... dimensions) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return tensor(name, GgmlType.F32, bytes, dimensions);
    }

    /** Declares a tensor without adding data. */
    GgufBuilder tensorInfo(String name, int type, long offset, long... dimensions) {
        tensorCount++;
        string(infos, infoLengths, name);
        infos.writeBytes(little(4).putInt(dimensions.length).array());
        for (long dimension : dimensions) {
            infoLengths.add(infos.size());
            infos.writeBytes(little(8).putLong(dimension).array());
        }
        infos.writeBytes(little(4).putInt(type).array());
        infoLengths.add(infos.size());
        infos.writeBytes(little(8).putLong(offset).array());
        return this;
    }

    /** The file. */
    public byte[] bytes() {
        return build().bytes();
    }

    /** Writes the file. */
    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    Built build() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(little(24)
                .putInt(0x46554747)
                .putInt(3)
                .putLong(tensorCount)
                .putLong(keyCount)
                .array());
        List<Integer> lengths = new ArrayList<>(List.of(8, 16));
        keyLengths.forEach(position -> lengths.add(24 + position));
        infoLengths.forEach(position -> lengths.add(24 + keys.size() + position));
        file.writeBytes(keys.toByteArray());
        file.writeBytes(infos.toByteArray());
        int headerBytes = file.size();
        file.writeBytes(new byte[-file.size() & (ALIGNMENT - 1)]);
        file.writeBytes(data.toByteArray());
        return new Built(file.toByteArray(), lengths, headerBytes);
    }

    private void key(String key, int type) {
        keyCount++;
        string(keys, keyLengths, key);
        keys.writeBytes(little(4).putInt(type).array());
    }

    private void arrayHeader(String key, int type, int length) {
        key(key, 9);
        keys.writeBytes(little(4).putInt(type).array());
        keyLengths.add(keys.size());
        keys.writeBytes(little(8).putLong(length).array());
    }

    private static void string(ByteArrayOutputStream out, List<Integer> lengths, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        lengths.add(out.size());
        out.writeBytes(little(8).putLong(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
