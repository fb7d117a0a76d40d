// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer;

import dev.dendra.format.ModelMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Metadata of a GGUF file that is known to be good. To be replaced by the GGUF reader of {@code dev.dendra.format}. */
final class GgufMetadataReader {
    private static final int HEADER = 32 << 20;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteBuffer in;

    private GgufMetadataReader(ByteBuffer in) {
        this.in = in;
    }

    static ModelMetadata read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer in = channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), HEADER));
            return new GgufMetadataReader(in.order(ByteOrder.LITTLE_ENDIAN)).metadata(file);
        }
    }

    private ModelMetadata metadata(Path file) {
        in.position(16);
        long count = in.getLong();
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            values.put(string(), value(in.getInt()));
        }
        return new ModelMetadata(file.getFileName().toString(), values);
    }

    private String string() {
        byte[] bytes = new byte[Math.toIntExact(in.getLong())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Object value(int type) {
        return switch (type) {
            case 0 -> (long) (in.get() & 0xFF);
            case 1 -> (long) in.get();
            case 2 -> (long) (in.getShort() & 0xFFFF);
            case 3 -> (long) in.getShort();
            case 4 -> in.getInt() & 0xFFFFFFFFL;
            case 5 -> (long) in.getInt();
            case 6 -> (double) in.getFloat();
            case 7 -> in.get() != 0;
            case STRING -> string();
            case ARRAY -> array(in.getInt(), Math.toIntExact(in.getLong()));
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IllegalArgumentException("GGUF type " + type);
        };
    }

    private Object array(int type, int count) {
        List<Object> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(type));
        }
        if (type == STRING) {
            return values;
        }
        return type == 6 || type == 12
                ? values.stream().mapToDouble(v -> (Double) v).toArray()
                : values.stream().mapToLong(v -> (Long) v).toArray();
    }
}
