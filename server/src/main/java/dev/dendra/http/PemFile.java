// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM file (RFC 7468); text around them is a comment. */
final class PemFile {
    private static final long MAXIMUM_BYTES = 1 << 20;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    private PemFile() {}

    /**
     * A block.
     *
     * @param label between BEGIN and the dashes
     * @param base64 the bytes
     */
    record Block(String label, String base64) {
        byte[] bytes() {
            return Base64.getMimeDecoder().decode(base64);
        }
    }

    /**
     * The blocks of {@code file}, in order.
     *
     * @throws TlsFileException if it cannot be read or has none
     */
    static List<Block> read(Path file) throws TlsFileException {
        String text;
        try {
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new TlsFileException(file, "the file is larger than " + MAXIMUM_BYTES + " bytes");
            }
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new TlsFileException(file, "no such file", e);
        } catch (AccessDeniedException e) {
            throw new TlsFileException(file, "permission denied", e);
        } catch (IOException e) {
            throw new TlsFileException(file, "it is no PEM text: " + e.getMessage(), e);
        }
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        if (blocks.isEmpty()) {
            throw new TlsFileException(file, "it has no PEM block (-----BEGIN …-----)");
        }
        return blocks;
    }
}
