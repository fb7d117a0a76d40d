// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.convert.EncodingChoice;
import dev.dendra.format.GgufFile;
import dev.dendra.format.GgufTensor;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.TensorNames;
import dev.dendra.model.ModelConfig;
import dev.dendra.sparse.SparseLayout;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PanelLayout;
import dev.dendra.tensor.Pattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of each tensor of a model, checked before any work is done. Tensors come in parts, which are made one after
 * the other: the input with the embedding, each Transformer block, the output with its norm and head.
 */
public final class SparsifyPlan {
    static final String INPUT_PART = "input";
    static final String OUTPUT_PART = "output";

    /** No tensors, but the densities of blocks. */
    static final String ALLOCATION_PART = "allocation";

    private final GgufFile source;
    private final ModelConfig config;
    private final SparsifyRequest request;
    private final Map<String, List<PlannedTensor>> parts;

    private SparsifyPlan(
            GgufFile source, ModelConfig config, SparsifyRequest request, Map<String, List<PlannedTensor>> parts) {
        this.source = source;
        this.config = config;
        this.request = request;
        this.parts = parts;
    }

    /**
     * Plans.
     *
     * @throws ModelFormatException if the source is not a model that can be run
     * @throws SparsifyException if there is nothing of a name to keep, a matrix cannot take the pattern, or sparsity is to be
     *     that of the source, which has none
     */
    public static SparsifyPlan of(GgufFile source, SparsifyRequest request)
            throws ModelFormatException, SparsifyException {
        ModelConfig config = ModelConfig.of(source.metadata());
        Map<String, List<PlannedTensor>> parts = new LinkedHashMap<>();
        parts.put(INPUT_PART, new ArrayList<>());
        for (int layer = 0; layer < config.layers(); layer++) {
            parts.put(blockPart(layer), new ArrayList<>());
        }
        parts.put(OUTPUT_PART, new ArrayList<>());
        SparsifyPlan plan = new SparsifyPlan(source, config, request, parts);
        plan.assignTensors();
        return plan;
    }

    static String blockPart(int layer) {
        return "blk." + layer;
    }

    private void assignTensors() throws ModelFormatException, SparsifyException {
        Set<String> matrices = new LinkedHashSet<>(Set.of(TensorNames.HEAD));
        for (GgufTensor tensor : source.tensors()) {
            if (tensor.shape().size() > 2
                    || tensor.columns() > Integer.MAX_VALUE
                    || tensor.rows() > Integer.MAX_VALUE) {
                throw new ModelFormatException(
                        source.path().toString(),
                        tensor.offset(),
                        "tensor '" + tensor.name() + "'",
                        "shape " + tensor.shape() + " cannot be packed: it is neither a vector nor a matrix");
            }
            if (tensor.shape().size() == 2) {
                matrices.add(tensor.name());
            }
        }
        KeptTensors kept = KeptTensors.of(request.keep(), matrices);
        for (GgufTensor tensor : source.tensors()) {
            assign(tensor.name(), tensor, kept);
        }
        Optional<GgufTensor> embedding = source.tensor(TensorNames.EMBEDDING);
        if (embedding.isEmpty()) {
            throw new ModelFormatException(
                    source.path().toString(), -1, "tensor '" + TensorNames.EMBEDDING + "'", "is missing");
        }
        boolean tied = source.tensor(TensorNames.HEAD).isEmpty();
        if (tied && !kept.contains(TensorNames.HEAD) && request.method().chooses()) {
            assign(TensorNames.HEAD, embedding.get(), kept);
        }
        if (!request.method().chooses() && parts.keySet().stream().noneMatch(this::isPruned)) {
            throw new SparsifyException(source.path() + " is a dense model: no matrix has blocks of "
                    + request.pruning().pattern().id()
                    + " without a weight other than zero, or not so many that leaving them "
                    + "out saves anything. `dendra convert` packs it as it is, another --method prunes it");
        }
    }

    private void assign(String name, GgufTensor tensor, KeptTensors kept) throws SparsifyException {
        String part = partOf(name);
        List<PlannedTensor> tensors = parts.get(part);
        if (tensors == null) {
            throw new SparsifyException("tensor '" + name + "' belongs to none of the " + config.layers() + " blocks");
        }
        boolean isMatrix = tensor.shape().size() == 2;
        boolean isEnd = part.equals(INPUT_PART) || part.equals(OUTPUT_PART);
        boolean isSparse = isMatrix && !part.equals(INPUT_PART) && !kept.contains(name) && isSparse(name, tensor);
        Encoding encoding = request.pruning().encoding();
        if (!isMatrix) {
            encoding = Encoding.F32;
        } else if (!isSparse) {
            encoding = request.keptEncoding().orElse(isEnd ? encodingOfEnd(tensor) : encoding);
        }
        tensors.add(new PlannedTensor(name, tensor, encoding, isSparse));
    }

    /** The encoding of an embedding or a head that stays dense, if none was asked for. */
    private Encoding encodingOfEnd(GgufTensor tensor) {
        boolean hasCodesToKeep = !request.method().chooses() && tensor.type().isQuantized();
        return request.pruning().encoding() == Encoding.I8 && !hasCodesToKeep ? Encoding.I8 : EncodingChoice.of(tensor);
    }

    /** Whether a matrix that may be sparse becomes so. */
    private boolean isSparse(String name, GgufTensor tensor) throws SparsifyException {
        PlannedTensor planned =
                new PlannedTensor(name, tensor, request.pruning().encoding(), true);
        requirePattern(planned, request.pruning().pattern());
        return request.method().chooses()
                || GivenSparsity.isIn(planned, request.pruning().pattern());
    }

    private static String partOf(String name) {
        String[] words = name.split("\\.", -1);
        if (words[0].equals("blk")) {
            return words.length > 1 ? words[0] + "." + words[1] : name;
        }
        return switch (name) {
            case TensorNames.HEAD, TensorNames.OUTPUT_NORM -> OUTPUT_PART;
            default -> INPUT_PART;
        };
    }

    private static void requirePattern(PlannedTensor tensor, Pattern pattern) throws SparsifyException {
        String cannot = "tensor '" + tensor.name() + "' cannot take pattern " + pattern.id() + ": it has ";
        if (tensor.columns() < pattern.blockColumns()) {
            throw new SparsifyException(
                    cannot + tensor.columns() + " inputs, fewer than the " + pattern.blockColumns() + " of a block");
        }
        if (tensor.rows() < pattern.blockRows()) {
            throw new SparsifyException(
                    cannot + tensor.rows() + " outputs, fewer than the " + pattern.blockRows() + " of a block");
        }
        if (tensor.columns() > SparseLayout.MAXIMUM_COLUMNS) {
            throw new SparsifyException(cannot + tensor.columns() + " inputs, more than the "
                    + SparseLayout.MAXIMUM_COLUMNS + " of a sparse matrix");
        }
        try {
            new SparseLayout(new PanelLayout(tensor.encoding(), tensor.rows(), tensor.columns()), pattern);
        } catch (IllegalArgumentException unfit) {
            throw new SparsifyException("tensor '" + tensor.name() + "': " + unfit.getMessage(), unfit);
        }
    }

    /** What was asked for. */
    public SparsifyRequest request() {
        return request;
    }

    /** The shape of the model. */
    public ModelConfig config() {
        return config;
    }

    GgufFile source() {
        return source;
    }

    /** Tensors of a part. */
    List<PlannedTensor> part(String name) {
        return List.copyOf(parts.getOrDefault(name, List.of()));
    }

    /** Names of the parts, in the order in which they are made. */
    List<String> partNames() {
        return List.copyOf(parts.keySet());
    }

    /** Whether a part has matrices to prune. */
    boolean isPruned(String part) {
        return part(part).stream().anyMatch(PlannedTensor::isSparse);
    }

    /** Whether {@link ModelSparsifier} needs calibration tokens. */
    public boolean needsCalibration() {
        return request.needsActivations() && parts.keySet().stream().anyMatch(this::isPruned);
    }
}
