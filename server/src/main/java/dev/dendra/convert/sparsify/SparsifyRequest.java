// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.tensor.Encoding;
import java.util.List;
import java.util.Optional;

/**
 * What a model shall become.
 *
 * @param method how live blocks are chosen
 * @param pruning pattern, encoding and fan-in of sparse matrices, and the density of all of them together
 * @param allocation how density is shared out among Transformer blocks
 * @param permutesNeurons whether neurons of a feed-forward part are put in an order in which blocks hold what belongs
 *     together, which changes no result
 * @param keep names or prefixes of matrices that stay dense; {@code lm_head} and {@code embed} stand for the output head
 *     and the token embedding, which always does
 * @param keptEncoding of matrices that stay dense; empty for the sparse ones' in Transformer blocks, and for embedding and
 *     head i8 if that is the sparse ones', else the nearest to the source
 */
public record SparsifyRequest(
        PruningMethod method,
        PruningRequest pruning,
        Allocation allocation,
        boolean permutesNeurons,
        List<String> keep,
        Optional<Encoding> keptEncoding) {

    /** Copies the list. */
    public SparsifyRequest {
        keep = List.copyOf(keep);
    }

    /** Whether blocks have to be run on calibration tokens. */
    public boolean needsActivations() {
        return method.needsMoments() || allocation != Allocation.UNIFORM;
    }

    /** The method and its options, for people: {@code sparsegpt, owl, permuted}. */
    public String describeMethod() {
        StringBuilder text = new StringBuilder(method.id());
        text.append(", ").append(allocation.id());
        text.append(pruning.balanced() ? "" : ", unbalanced");
        text.append(permutesNeurons ? ", permuted" : "");
        return text.toString();
    }
}
