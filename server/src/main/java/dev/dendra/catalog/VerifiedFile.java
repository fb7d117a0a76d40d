// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import dev.dendra.format.AtomicFile;
import dev.dendra.format.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** Saves a stream under a name only if it is, to the last bit, the file that the catalogue promises. */
final class VerifiedFile {
    private static final int CHUNK = 1 << 18;

    private VerifiedFile() {}

    /**
     * Copies {@code content} to {@code target}.
     *
     * @param advanced told the number of bytes so far
     * @throws IOException if the content has another size or digest, or cannot be read or written; nothing is left
     */
    static void save(InputStream content, CatalogModel model, Path target, LongConsumer advanced) throws IOException {
        try (AtomicFile file = AtomicFile.create(target)) {
            Sha256 digest = new Sha256();
            byte[] chunk = new byte[CHUNK];
            long bytes = 0;
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                bytes += read;
                if (bytes > model.bytes()) {
                    throw new IOException("it is larger than " + model.bytes() + " bytes");
                }
                digest.update(chunk, read);
                ByteBuffer buffer = ByteBuffer.wrap(chunk, 0, read);
                while (buffer.hasRemaining()) {
                    file.channel().write(buffer);
                }
                advanced.accept(bytes);
            }
            if (bytes < model.bytes()) {
                throw new IOException("it ended after " + bytes + " of " + model.bytes() + " bytes");
            }
            String actual = digest.hex();
            if (!actual.equals(model.sha256())) {
                throw new IOException("its sha256 is " + actual + ", expected " + model.sha256());
            }
            file.commit();
        }
    }
}
