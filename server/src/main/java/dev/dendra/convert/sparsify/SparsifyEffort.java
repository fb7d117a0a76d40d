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

    private final int layers;
    private final int lastWithActivations;
    private final int firstUnfinished;
    private final long total;
    private StageProgress progress = StageProgress.NONE;
    private long done;

    /**
     * What is left to do.
     *
     * @param sequences of the calibration corpus
     */
    SparsifyEffort(SparsifyPlan plan, int sequences, WorkFolder work) {
        this.layers = plan.config().layers();
        int first = layers + 1;
        int last = -1;
        long sum = 0;
        for (int layer = 0; layer <= layers; layer++) {
            String part = layer < layers ? SparsifyPlan.blockPart(layer) : SparsifyPlan.OUTPUT_PART;
            if (work.contains(part)) {
                continue;
            }
            first = Math.min(first, layer);
            boolean isPruned = plan.part(part).stream().anyMatch(PlannedTensor::isSparse);
            if (isPruned) {
                last = layer;
                sum += plan.part(part).stream().mapToLong(SparsifyEffort::units).sum();
                sum += plan.needsCalibration() && layer < layers ? (long) OBSERVE * sequences : 0;
            }
        }
        this.firstUnfinished = first;
        this.lastWithActivations = plan.needsCalibration() ? last : 0;
        this.total = Math.max(1, sum + (long) ADVANCE * sequences * Math.max(lastWithActivations, 0));
    }

    private static long units(PlannedTensor tensor) {
        return tensor.isSparse() ? 1 + (long) tensor.rows() * tensor.columns() / PRUNED_WEIGHTS : 0;
    }

    /** The first block that is not finished; the number of blocks for the output, one more for none. */
    int firstUnfinished() {
        return firstUnfinished;
    }

    /** The last block into which activations have to be brought; the number of blocks for the output. */
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
        done += units;
        progress.advanced(done);
    }
}
