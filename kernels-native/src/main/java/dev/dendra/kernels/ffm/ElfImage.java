// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.ffm;

import dev.dendra.kernels.KernelLoadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * A look at a shared library before the dynamic linker gets it: the linker maps what the headers promise, and touching a
 * page that a truncated file does not have kills the process.
 */
final class ElfImage {

    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int MAGIC = 0x464C457F;
    private static final byte CLASS_64 = 2;
    private static final byte LITTLE_ENDIAN = 1;
    private static final short TYPE_SHARED = 3;

    private ElfImage() {}

    /**
     * Checks that {@code library} is a complete 64-bit little-endian shared object.
     *
     * @throws KernelLoadException if it is not, or cannot be read
     */
    static void requireComplete(Path library) {
        try (FileChannel file = FileChannel.open(library)) {
            ByteBuffer header = read(file, library, 0, HEADER_BYTES);
            boolean isElf = header.getInt(0) == MAGIC && header.get(4) == CLASS_64 && header.get(5) == LITTLE_ENDIAN;
            if (!isElf || header.getShort(16) != TYPE_SHARED) {
                throw new KernelLoadException(library + " is not a 64-bit shared library");
            }
            long programHeaders = header.getLong(32);
            int programHeaderCount = Short.toUnsignedInt(header.getShort(56));
            // Linkers write the section headers last, so this finds most truncations by itself.
            long sectionHeaders = header.getLong(40);
            int sectionHeaderCount = Short.toUnsignedInt(header.getShort(60));
            requireInside(file, library, sectionHeaders, (long) sectionHeaderCount * SECTION_HEADER_BYTES);

            ByteBuffer programs = read(file, library, programHeaders, programHeaderCount * PROGRAM_HEADER_BYTES);
            for (int i = 0; i < programHeaderCount; i++) {
                int entry = i * PROGRAM_HEADER_BYTES;
                requireInside(file, library, programs.getLong(entry + 8), programs.getLong(entry + 32));
            }
        } catch (IOException e) {
            throw unreadable(library, e);
        }
    }

    /**
     * CRC-32 of the file, as hexadecimal digits: tells one build from another.
     *
     * @throws KernelLoadException if it cannot be read
     */
    static String checksum(Path library) {
        try {
            CRC32 checksum = new CRC32();
            checksum.update(Files.readAllBytes(library));
            return HexFormat.of().toHexDigits((int) checksum.getValue());
        } catch (IOException e) {
            throw unreadable(library, e);
        }
    }

    private static ByteBuffer read(FileChannel file, Path library, long offset, int bytes) throws IOException {
        requireInside(file, library, offset, bytes);
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw truncated(library, file.size());
            }
        }
        return buffer.flip();
    }

    private static void requireInside(FileChannel file, Path library, long offset, long bytes) throws IOException {
        long size = file.size();
        if (offset < 0 || bytes < 0 || offset > size || bytes > size - offset) {
            throw truncated(library, size);
        }
    }

    private static KernelLoadException unreadable(Path library, IOException e) {
        return new KernelLoadException("cannot read " + library + ": " + e, e);
    }

    private static KernelLoadException truncated(Path library, long size) {
        return new KernelLoadException(library + " is truncated: its headers promise more than its " + size + " bytes");
    }
}
