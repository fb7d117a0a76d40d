// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 over a prefix, block after block: the digest of a block is over that of the block before it and its own tokens,
 * so it stands for everything up to its end. The first block follows a root made of tenant and salt; without them nobody
 * can find, or find out about, another's prefixes. One thread uses a hasher; hashing a block allocates nothing.
 */
final class BlockHasher {
    /** Longs of a digest. */
    static final int WORDS = 4;

    private static final int DIGEST_BYTES = WORDS * Long.BYTES;

    private final MessageDigest sha256;
    private final byte[] digest = new byte[DIGEST_BYTES];
    private final ByteBuffer digestWords = ByteBuffer.wrap(digest);
    private final ByteBuffer input = ByteBuffer.allocate(DIGEST_BYTES + KvLayout.BLOCK_TOKENS * Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);

    BlockHasher() {
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Writes the root of a tenant's prefixes to the first words of {@code digests}. */
    void root(RequestTerms terms, long[] digests) {
        byte[] tenant = terms.tenant().getBytes(StandardCharsets.UTF_8);
        // With its length before it, no tenant and salt run into the spelling of others.
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, tenant.length));
        sha256.update(tenant);
        sha256.update(terms.cacheSalt().getBytes(StandardCharsets.UTF_8));
        write(digests, 0);
    }

    /**
     * Writes the digest of a block after that of the block before it.
     *
     * @param digests {@link #WORDS} longs each
     * @param at where the block's digest begins, at least {@link #WORDS}
     * @param tokens holds the block's tokens from {@code from} on
     */
    void block(long[] digests, int at, int[] tokens, int from) {
        for (int i = 0; i < WORDS; i++) {
            input.putLong(i * Long.BYTES, digests[at - WORDS + i]);
        }
        for (int i = 0; i < KvLayout.BLOCK_TOKENS; i++) {
            input.putInt(DIGEST_BYTES + i * Integer.BYTES, tokens[from + i]);
        }
        sha256.update(input.array());
        write(digests, at);
    }

    private void write(long[] digests, int at) {
        try {
            sha256.digest(digest, 0, DIGEST_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("the buffer has the digest's length", e);
        }
        for (int i = 0; i < WORDS; i++) {
            digests[at + i] = digestWords.getLong(i * Long.BYTES);
        }
    }
}
