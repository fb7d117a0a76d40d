// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.MatrixPacker;
import dev.dendra.convert.ModelConverter;
import dev.dendra.convert.StageProgress;
import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.convert.pruning.DensityAllocation;
import dev.dendra.convert.pruning.InputMoments;
import dev.dendra.convert.pruning.InvalidMomentsException;
import dev.dendra.convert.pruning.Pruner;
import dev.dendra.convert.pruning.WeightMatrix;
import dev.dendra.format.DendraFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.Provenance;
import dev.dendra.format.TensorNames;
import dev.dendra.kernels.ComputePool;
import dev.dendra.kernels.Kernels;
import dev.dendra.model.LayerWeights;
import dev.dendra.model.ProductObserver;
import dev.dendra.sparse.SparseExpansion;
import dev.dendra.tensor.OffHeap;
import dev.dendra.tensor.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Prunes a model, one Transformer block after the other. A block is run on the calibration tokens as it is, to see what
 * enters its matrices; these are pruned; and it is run again as it will be served, to see what enters the next block. Blocks
 * thus make up for what those before them have lost. Frantar and Alistarh 2023, "SparseGPT", section 4.
 *
 * <p>Both runs are in single precision. Memory grows with a block and with the calibration tokens, not with the model.
 * Finished parts are kept in a {@link WorkFolder}, from which a later run goes on. The result depends neither on the number
 * of threads nor on where work was broken off.
 */
public final class ModelSparsifier {
    /** Changes when the same settings would give other bytes. */
    private static final int VERSION = 1;

    private static final String DENSITIES = "densities";

    private final SparsifyPlan plan;
    private final Optional<CalibrationCorpus> corpus;
    private final Provenance source;
    private final WorkFolder work;
    private final Kernels kernels;
    private final ComputePool pool;
    private final MatrixPacker packer;
    private final Pruner pruner;

    private ModelSparsifier(
            SparsifyPlan plan,
            Optional<CalibrationCorpus> corpus,
            Provenance source,
            WorkFolder work,
            Kernels kernels,
            ComputePool pool) {
        this.plan = plan;
        this.corpus = corpus;
        this.source = source;
        this.work = work;
        this.kernels = kernels;
        this.pool = pool;
        this.packer = new MatrixPacker(pool.threads());
        this.pruner = plan.request().pruner(pool.threads());
    }

    /**
     * Gets ready to prune a model, or to go on with it.
     *
     * @param corpus what the plan's {@code needsCalibration} asks for
     * @param sourceSha256 digest of the source
     * @param output what the model will be called; finished parts are kept beside it
     * @throws IOException if the work folder cannot be made or read
     */
    public static ModelSparsifier open(
            SparsifyPlan plan,
            Optional<CalibrationCorpus> corpus,
            String sourceSha256,
            Path output,
            Kernels kernels,
            ComputePool pool)
            throws IOException {
        if (plan.needsCalibration() && corpus.isEmpty()) {
            throw new IllegalArgumentException(plan.request().method().id() + " needs calibration tokens");
        }
        String sourceFile = String.valueOf(plan.source().path().getFileName());
        Provenance source = new Provenance(
                sourceFile,
                sourceSha256,
                ModelConverter.TOOL,
                "sparsify " + plan.request().method().id());
        String settings = WorkFolder.digest(List.of(
                "version " + VERSION,
                plan.request().toString(),
                corpus.map(CalibrationCorpus::sha256).orElse("none"),
                kernels.info().toString()));
        Provenance ofParts =
                new Provenance(sourceFile, sourceSha256, ModelConverter.TOOL, "part of sparsify " + settings);
        WorkFolder work = WorkFolder.open(WorkFolder.beside(output), ofParts);
        return new ModelSparsifier(plan, corpus, source, work, kernels, pool);
    }

    /** Where finished parts are kept. */
    public WorkFolder work() {
        return work;
    }

    /** How many Transformer blocks are finished. */
    public int finishedBlocks() {
        int finished = 0;
        while (finished < plan.config().layers() && work.contains(SparsifyPlan.blockPart(finished))) {
            finished++;
        }
        return finished;
    }

    /**
     * Makes all parts that are not finished.
     *
     * @throws SparsifyException if a matrix cannot be pruned
     * @throws IOException if the source cannot be read, or a part not be written
     * @throws InterruptedException if the thread is interrupted; what is finished is kept
     */
    public SparsifiedModel run(StageProgress progress) throws SparsifyException, IOException, InterruptedException {
        SparsifyEffort effort = new SparsifyEffort(
                plan, corpus.map(each -> each.shape().sequences()).orElse(0), work);
        progress.started("Pruning " + plan.config().layers() + " blocks", effort.total());
        effort.tell(progress);
        try {
            DendraFile input = keptPart(SparsifyPlan.INPUT_PART);
            if (plan.needsCalibration() && !effort.isDone()) {
                makeWithActivations(input, effort);
            } else {
                makeWithoutActivations(effort);
            }
            return new SparsifiedModel(plan, corpus, source, work);
        } finally {
            progress.finished();
        }
    }

    /** A part without pruned matrices. */
    private DendraFile keptPart(String name) throws SparsifyException, IOException, InterruptedException {
        Optional<DendraFile> finished = work.part(name);
        if (finished.isPresent()) {
            return finished.get();
        }
        try (Arena arena = Arena.ofShared()) {
            TensorPacker packs = packs(arena);
            List<PackedTensor> packed = new ArrayList<>();
            for (PlannedTensor tensor : plan.part(name)) {
                packed.add(packs.kept(tensor));
            }
            return work.write(name, packed, Map.of());
        }
    }

    private void makeWithActivations(DendraFile input, SparsifyEffort effort)
            throws SparsifyException, IOException, InterruptedException {
        MemorySegment ropeFactors = input.vector("rope_freqs.weight").orElse(MemorySegment.NULL);
        PackedMatrix embedding = input.matrix(TensorNames.EMBEDDING);
        try (HiddenStates states = new HiddenStates(corpus.orElseThrow(), plan.config(), ropeFactors, kernels, pool)) {
            states.embed(embedding);
            double[] densities = densities(states, embedding, effort);
            for (int layer = 0; layer < plan.config().layers(); layer++) {
                DendraFile block = block(layer, densities[layer], states, effort);
                if (layer < effort.lastWithActivations()) {
                    advance(states, block, layer, effort);
                }
            }
            makeOutput(states, effort);
        }
    }

    private void makeWithoutActivations(SparsifyEffort effort)
            throws SparsifyException, IOException, InterruptedException {
        for (int layer = 0; layer < plan.config().layers(); layer++) {
            block(layer, plan.request().pruning().density(), null, effort);
        }
        makeOutput(null, effort);
    }

    /** Density of each block; the states are what enters the first when this returns. */
    private double[] densities(HiddenStates states, PackedMatrix embedding, SparsifyEffort effort)
            throws SparsifyException, IOException, InterruptedException {
        if (plan.request().allocation() == Allocation.UNIFORM) {
            return DensityAllocation.uniform(
                    plan.config().layers(), plan.request().pruning().density());
        }
        Optional<DendraFile> finished = work.part(SparsifyPlan.ALLOCATION_PART);
        if (finished.isPresent()) {
            return finished.get().metadata().numbers(DENSITIES);
        }
        double[] densities = new OutlierAllocation(plan, packer, effort).densities(states);
        work.write(SparsifyPlan.ALLOCATION_PART, List.of(), Map.of(DENSITIES, densities));
        states.embed(embedding);
        return densities;
    }

    private TensorPacker packs(Arena arena) {
        return new TensorPacker(packer, pruner, !plan.request().method().chooses(), arena);
    }

    private DendraFile block(int layer, double density, @Nullable HiddenStates states, SparsifyEffort effort)
            throws SparsifyException, IOException, InterruptedException {
        String part = SparsifyPlan.blockPart(layer);
        Optional<DendraFile> finished = work.part(part);
        if (finished.isPresent()) {
            return finished.get();
        }
        if (!plan.isPruned(part)) {
            return keptPart(part);
        }
        try (Arena arena = Arena.ofShared()) {
            List<PackedTensor> packed = new BlockSparsifier(plan, packer, pool.threads(), effort)
                    .prune(layer, density, plan.request().needsMoments() ? states : null, packs(arena));
            return work.write(part, packed, Map.of());
        }
    }

    /** Sparse matrices are run as the dense ones that they stand for, which by their definition is the same. */
    private void advance(HiddenStates states, DendraFile block, int layer, SparsifyEffort effort)
            throws ModelFormatException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            LayerWeights served = LayerWeights.of(block, plan.config(), layer)
                    .mapMatrices(matrix -> SparseExpansion.dense(matrix, arena));
            states.advance(served, ProductObserver.NONE, effort::advanced);
        }
    }

    private void makeOutput(@Nullable HiddenStates states, SparsifyEffort effort)
            throws SparsifyException, IOException, InterruptedException {
        String part = SparsifyPlan.OUTPUT_PART;
        if (!plan.isPruned(part)) {
            keptPart(part);
            return;
        }
        if (work.contains(part)) {
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            TensorPacker packs = packs(arena);
            List<PackedTensor> packed = new ArrayList<>();
            for (PlannedTensor tensor : plan.part(part)) {
                if (tensor.isSparse()) {
                    InputMoments inputs = states != null && plan.request().needsMoments()
                            ? headMoments(states, tensor.columns(), effort)
                            : null;
                    WeightMatrix weights = BlockWeights.matrix(tensor);
                    packed.add(
                            packs.pruned(tensor, weights, inputs, plan.request().pruning()));
                    effort.pruned(tensor);
                } else {
                    packed.add(packs.kept(tensor));
                }
            }
            work.write(part, packed, Map.of());
        }
    }

    /** Moments of what enters the output head: the last hidden states behind the last norm. */
    private InputMoments headMoments(HiddenStates states, int columns, SparsifyEffort effort)
            throws SparsifyException, InterruptedException {
        PlannedTensor norm = plan.part(SparsifyPlan.OUTPUT_PART).stream()
                .filter(tensor -> !tensor.isMatrix())
                .findFirst()
                .orElseThrow();
        InputMoments moments = new InputMoments(columns, pool.threads());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment weight = OffHeap.allocate(arena, (long) columns * Float.BYTES);
            MemorySegment.copy(BlockWeights.vector(norm.source()), 0, weight, ValueLayout.JAVA_FLOAT, 0, columns);
            states.observeNormalized(weight, plan.config().normEpsilon(), moments::add, effort::observed);
            return moments;
        } catch (InvalidMomentsException unfit) {
            throw new SparsifyException("the output head: " + unfit.getMessage(), unfit);
        }
    }
}
