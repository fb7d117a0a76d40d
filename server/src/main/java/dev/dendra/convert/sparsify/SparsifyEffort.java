// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.StageProgress;

/** How much of the work is done, in units of about equal time, and whether somebody wants it to stop. */
final class SparsifyEffort {
    /** A sequence through a block with its moments, beside one without. */
    private static final int OBSERVE = 3;

    private static final int ADVANCE = 1;

    /** Weights that are pruned while a sequence of the usual length goes through a block of the default model. */
    private static final int PRUNED_WEIGHTS = 100_000;

    private final int lastWithActivations;
    private final boolean done;
    private final long total;
    private StageProgress progress = StageProgress.NONE;
    private long spent;

    /**
     * What is left to do.
     *
     * @param sequences of the calibration corpus
     */
    SparsifyEffort(SparsifyPlan plan, int sequences, WorkFolder work) {
        int layers = plan.config().layers();
        boolean unfinished = false;
        int last = -1;
        long sum = 0;
        for (int layer = 0; layer <= layers; layer++) {
            String part = layer < layers ? SparsifyPlan.blockPart(layer) : SparsifyPlan.OUTPUT_PART;
            unfinished |= !work.contains(part);
            if (!work.contains(part) && plan.isPruned(part)) {
                last = layer;
                sum += plan.part(part).stream().mapToLong(SparsifyEffort::units).sum();
                sum += plan.request().needsMoments() ? (long) OBSERVE * sequences : 0;
            }
        }
        boolean advances = plan.request().needsMoments();
        this.lastWithActivations = advances ? last : -1;
        sum += advances ? (long) ADVANCE * sequences * Math.max(last, 0) : 0;
        if (plan.request().allocation() == Allocation.OWL && !work.contains(SparsifyPlan.ALLOCATION_PART)) {
            sum += (long) ADVANCE * sequences * layers;
        }
        this.done = !unfinished;
        this.total = Math.max(1, sum);
    }

    private static long units(PlannedTensor tensor) {
        return tensor.isSparse() ? 1 + (long) tensor.rows() * tensor.columns() / PRUNED_WEIGHTS : 0;
    }

    /** Whether nothing is left. */
    boolean isDone() {
        return done;
    }

    /** The last block into which activations have to be brought; the number of blocks for the output, -1 for none. */
    int lastWithActivations() {
        return lastWithActivations;
    }

    long total() {
        return total;
    }

    void tell(StageProgress listener) {
        progress = listener;
    }

    void observed() throws InterruptedException {
        add(OBSERVE);
    }

    void advanced() throws InterruptedException {
        add(ADVANCE);
    }

    void pruned(PlannedTensor tensor) throws InterruptedException {
        add(units(tensor));
    }

    private void add(long units) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        spent += units;
        progress.advanced(spent);
    }
}
