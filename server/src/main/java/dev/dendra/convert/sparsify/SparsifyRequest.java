// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.pruning.Pruner;
import dev.dendra.convert.pruning.PruningMethod;
import dev.dendra.convert.pruning.PruningRequest;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;
import java.util.List;
import java.util.Optional;

/**
 * What a model shall become.
 *
 * @param method how live blocks are chosen
 * @param pruning pattern, encoding and fan-in of sparse matrices, and the density of all of them together, which a method
 *     that does not choose takes no notice of
 * @param allocation how density is shared out among Transformer blocks
 * @param permutesNeurons whether neurons of a feed-forward part are put in an order in which blocks hold what belongs
 *     together, which changes no result
 * @param reconstructs whether live weights are fitted to what the dense matrix gives, once it is known which live
 * @param keep names or prefixes of matrices that stay dense; {@code lm_head} and {@code embed} stand for the output head
 *     and the token embedding, which always does
 * @param keptEncoding of matrices that stay dense; empty for the sparse ones' in Transformer blocks, and for embedding and
 *     head i8 if that is the sparse ones' and the source has no codes that the method leaves alone, else the nearest to the
 *     source
 */
public record SparsifyRequest(
        PruningMethod method,
        PruningRequest pruning,
        Allocation allocation,
        boolean permutesNeurons,
        boolean reconstructs,
        List<String> keep,
        Optional<Encoding> keptEncoding) {

    /** Copies the list, and checks that nothing is to change in weights that are to stay as they are. */
    public SparsifyRequest {
        keep = List.copyOf(keep);
        if (!method.chooses() && (permutesNeurons || reconstructs || allocation != Allocation.UNIFORM)) {
            throw new IllegalArgumentException("method " + method.id() + " leaves weights where and what they are");
        }
    }

    /**
     * A request for a model that was trained sparse: what lives, and how much of it, is in its weights.
     *
     * @param keep as in a request
     * @param keptEncoding as in a request
     */
    public static SparsifyRequest given(
            Pattern pattern, Encoding encoding, List<String> keep, Optional<Encoding> keptEncoding) {
        return new SparsifyRequest(
                PruningMethod.GIVEN,
                new PruningRequest(pattern, 1, encoding, false),
                Allocation.UNIFORM,
                false,
                false,
                keep,
                keptEncoding);
    }

    /** Whether blocks have to be run on calibration tokens. */
    boolean needsActivations() {
        return needsMoments() || allocation != Allocation.UNIFORM;
    }

    /** Whether pruning needs moments of the inputs. */
    boolean needsMoments() {
        return method.needsMoments() || reconstructs;
    }

    /** The same with another density. */
    PruningRequest pruning(double density) {
        return new PruningRequest(pruning.pattern(), density, pruning.encoding(), pruning.balanced());
    }

    /** A pruner on so many threads. */
    Pruner pruner(int threads) {
        return reconstructs ? method.reconstructingPruner(threads) : method.pruner(threads);
    }

    /** The method and its options, for people: {@code sparsegpt, owl, permuted}. */
    public String describeMethod() {
        if (!method.chooses()) {
            return method.id();
        }
        StringBuilder text = new StringBuilder(method.id());
        text.append(", ").append(allocation.id());
        text.append(pruning.balanced() ? "" : ", unbalanced");
        text.append(permutesNeurons ? ", permuted" : "");
        text.append(reconstructs ? ", reconstructed" : "");
        return text.toString();
    }
}
