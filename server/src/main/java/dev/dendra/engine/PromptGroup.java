// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import org.jspecify.annotations.Nullable;

/** Sequences of one request with equal prompts: one of them computes it, and the others go on from its blocks. */
final class PromptGroup {
    private @Nullable Sequence leader;

    /** Who is computing the prompt now, if anybody is. */
    @Nullable
    Sequence leader() {
        return leader;
    }

    void setLeader(@Nullable Sequence leader) {
        this.leader = leader;
    }
}
