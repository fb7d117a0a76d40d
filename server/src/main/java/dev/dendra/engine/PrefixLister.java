// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import dev.dendra.kernels.KvLayout;

/** Lists the blocks that a sequence has filled, so that others can begin with them. Scheduler thread. */
final class PrefixLister {
    private final BlockPool blocks;
    private final BlockHasher hasher = new BlockHasher();
    private final int[] tokens = new int[KvLayout.BLOCK_TOKENS];

    PrefixLister(BlockPool blocks) {
        this.blocks = blocks;
    }

    /** Lists what was computed since the last call; rows that may yet be taken back must not count as computed. */
    void list(Sequence sequence) {
        int full = sequence.computed() / KvLayout.BLOCK_TOKENS;
        for (int block = sequence.listed(); block < full; block++) {
            if (block == sequence.digests().count()) {
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] = sequence.tokenAt(block * KvLayout.BLOCK_TOKENS + i);
                }
                sequence.digests().add(hasher, tokens);
            }
            blocks.list(sequence.blocks().get(block), sequence.digests(), block);
            sequence.setListed(block + 1);
        }
    }
}
