// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.calibration.CalibrationCorpus;
import dev.dendra.format.DendraFile;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.ModelSource;
import dev.dendra.format.Provenance;
import dev.dendra.format.Sha256;
import dev.dendra.format.Sparsification;
import dev.dendra.format.TensorDescription;
import dev.dendra.tensor.PackedMatrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A sparse model whose parts are finished: it can be run, and put together into one file. */
public final class SparsifiedModel implements ModelSource {
    private final SparsifyPlan plan;
    private final Optional<CalibrationCorpus> corpus;
    private final Provenance source;
    private final WorkFolder work;
    private final Map<String, DendraFile> partOf = new HashMap<>();
    private final Map<String, TensorDescription> tensors = new LinkedHashMap<>();

    /** The model of a plan that is carried out. */
    SparsifiedModel(SparsifyPlan plan, Optional<CalibrationCorpus> corpus, Provenance source, WorkFolder work) {
        this.plan = plan;
        this.corpus = corpus;
        this.source = source;
        this.work = work;
        Map<String, TensorDescription> described = new LinkedHashMap<>();
        for (String name : plan.partNames()) {
            DendraFile part = work.part(name).orElseThrow();
            for (TensorDescription tensor : part.tensors()) {
                partOf.put(tensor.name(), part);
                described.put(tensor.name(), tensor);
            }
        }
        // In the source's order; what it does not have comes last.
        for (GgufTensor tensor : plan.source().tensors()) {
            TensorDescription description = described.remove(tensor.name());
            if (description != null) {
                tensors.put(tensor.name(), description);
            }
        }
        tensors.putAll(described);
    }

    /** Live share of the weights of all sparse matrices; 1 if there are none. */
    public double density() {
        double live = 0;
        double weights = 0;
        for (TensorDescription tensor : tensors.values()) {
            if (tensor.pattern().isSparse()) {
                live += tensor.liveWeights();
                weights += tensor.weights();
            }
        }
        return weights == 0 ? 1 : live / weights;
    }

    /**
     * Puts the model together and deletes the work folder.
     *
     * @param target appears under its name once it is whole
     * @param quality what pruning cost, if it was measured
     * @throws IOException naming the file if it cannot be written; nothing is left of it, and the parts stay
     * @throws InterruptedException if the thread is interrupted, likewise
     */
    public void write(Path target, Optional<Sparsification.Quality> quality) throws IOException, InterruptedException {
        SparsifyRequest request = plan.request();
        double counted = density();
        Sparsification sparsification = new Sparsification(
                request.describeMethod(),
                request.pruning().pattern(),
                request.method().chooses() ? request.pruning().density() : counted,
                counted,
                corpus.map(CalibrationCorpus::source).orElse(Sparsification.NO_CALIBRATION),
                corpus.map(CalibrationCorpus::sha256).orElseGet(() -> Sha256.of("")),
                quality);
        Provenance provenance = new Provenance(
                source.sourceFile(),
                source.sourceSha256(),
                source.tool(),
                source.method(),
                Optional.of(sparsification));
        List<PackedTensor> packed = new ArrayList<>();
        for (TensorDescription tensor : tensors.values()) {
            MemorySegment bytes = tensor.isMatrix()
                    ? matrix(tensor.name()).segment()
                    : vector(tensor.name()).orElseThrow();
            packed.add(new PackedTensor(tensor, bytes));
        }
        WorkFolder.write(target, provenance, metadata(), packed);
        work.delete();
    }

    @Override
    public ModelMetadata metadata() {
        return plan.source().metadata();
    }

    @Override
    public Collection<TensorDescription> tensors() {
        return tensors.values();
    }

    @Override
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public PackedMatrix matrix(String name) throws ModelFormatException {
        DendraFile part = partOf.get(name);
        if (part == null) {
            throw new ModelFormatException(metadata().file(), -1, "tensor '" + name + "'", "is missing");
        }
        return part.matrix(name);
    }

    @Override
    public Optional<MemorySegment> vector(String name) throws ModelFormatException {
        DendraFile part = partOf.get(name);
        return part == null ? Optional.empty() : part.vector(name);
    }

    @Override
    public long weightBytes() {
        return tensors.values().stream().mapToLong(TensorDescription::bytes).sum();
    }

    /** Leaves the parts where they are. */
    @Override
    public void close() {}
}
