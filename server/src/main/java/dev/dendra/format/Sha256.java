// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 digest being computed; written as 64 lower-case hexadecimal digits. */
public final class Sha256 {
    /** Characters of a digest. */
    public static final int HEX_LENGTH = 64;

    private static final int CHUNK = 1 << 20;

    private final MessageDigest digest;

    /** The digest of nothing so far. */
    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The digest of a file. */
    public static String of(Path file) throws IOException {
        Sha256 sha = new Sha256();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                sha.update(buffer.array(), buffer.position());
                buffer.clear();
            }
        }
        return sha.hex();
    }

    /** The digest of a text in UTF-8. */
    public static String of(String text) {
        return of(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The digest of a segment. */
    public static String of(MemorySegment segment) {
        Sha256 sha = new Sha256();
        byte[] chunk = new byte[(int) Math.min(CHUNK, segment.byteSize())];
        for (long offset = 0; offset < segment.byteSize(); offset += chunk.length) {
            int length = (int) Math.min(chunk.length, segment.byteSize() - offset);
            MemorySegment.copy(segment, offset, MemorySegment.ofArray(chunk), 0, length);
            sha.update(chunk, length);
        }
        return sha.hex();
    }

    /** Whether {@code text} looks like a digest. */
    public static boolean isHex(String text) {
        return text.length() == HEX_LENGTH && text.chars().allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
    }

    /** Adds the first {@code length} bytes. */
    public void update(byte[] bytes, int length) {
        digest.update(bytes, 0, length);
    }

    /** The digest of all that was added; starts afresh. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
