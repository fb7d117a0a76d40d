// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.pruning;

import java.util.Locale;

/** How live blocks are chosen. */
public enum PruningMethod {
    /** Largest squared weights. */
    MAGNITUDE,
    /** Largest weights times norms of their inputs. Sun et al. 2023, "A Simple and Effective Pruning Approach". */
    WANDA,
    /** Least damage that other weights cannot make up for, which they then do. Frantar and Alistarh 2023, "SparseGPT". */
    SPARSEGPT,
    /** Those that hold a weight other than zero: the model was trained sparse, and stays as it is. */
    GIVEN;

    /** Name as in options and manifests: {@code wanda}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The method of that name.
     *
     * @throws IllegalArgumentException naming the known methods
     */
    public static PruningMethod ofId(String id) {
        for (PruningMethod method : values()) {
            if (method.id().equals(id)) {
                return method;
            }
        }
        throw new IllegalArgumentException("unknown method '" + id + "'; known: magnitude, wanda, sparsegpt, given");
    }

    /** Whether pruning needs moments of the inputs. */
    public boolean needsMoments() {
        return this == WANDA || this == SPARSEGPT;
    }

    /** Whether live blocks and their weights are chosen; otherwise they are those of the source. */
    public boolean chooses() {
        return this != GIVEN;
    }

    /** A pruner that uses {@code threads} platform threads, the caller's among them. */
    public Pruner pruner(int threads) {
        return switch (this) {
            case MAGNITUDE, WANDA -> new ScorePruner(this, threads);
            case SPARSEGPT -> new SparseGptPruner(InverseFactor::costs, threads);
            case GIVEN -> new GivenPruner(threads);
        };
    }

    /**
     * A pruner that fits live weights to the dense matrix's outputs once it knows which they are; needs moments whatever
     * the method, and takes several times as long.
     *
     * @param threads platform threads, the caller's among them
     */
    public Pruner reconstructingPruner(int threads) {
        Pruner first = switch (this) {
            case MAGNITUDE, WANDA, GIVEN -> pruner(threads);
            // Inputs before a pruned one will make up for it as well as those behind it.
            case SPARSEGPT -> new SparseGptPruner(InverseFactor::costsAmongAll, threads);
        };
        return new ReconstructingPruner(first, threads);
    }
}
