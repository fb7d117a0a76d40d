// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.model.KvCacheOptions;
import dev.dendra.model.ModelConfig;

/** How large the KV cache of each model of a server is. */
@FunctionalInterface
interface KvCachePlan {

    /**
     * The cache of a model.
     *
     * @throws CommandFailure if what was asked for does not suit the model
     */
    KvCacheOptions of(ModelConfig config) throws CommandFailure;
}
