// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.kernels.KvLayout;
import dev.dendra.model.LlamaModel;
import dev.dendra.model.ModelConfig;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a server says about itself when it is ready. */
final class Banner {
    private Banner() {}

    /**
     * The lines.
     *
     * @param models loaded, at least one
     * @param energy what is measured of it, or why nothing is
     * @param url address of the public socket
     * @param adminUrl address of the admin socket
     */
    static String text(List<ModelInstance> models, String energy, String url, String adminUrl) {
        String described = models.stream().map(Banner::model).collect(Collectors.joining("\n"));
        return String.format(Locale.ROOT, """
                dendra %s
                %s  energy       %s
                  ready        %s, metrics and health at %s

                  curl %s/v1/chat/completions -H 'Content-Type: application/json' \\
                    -d '{"messages": [{"role": "user", "content": "Name three rivers."}], "max_tokens": 60}'
                """, DendraCommand.Version.text(), described, energy, url, adminUrl, url);
    }

    private static String model(ModelInstance instance) {
        OpenedModel opened = instance.named().opened();
        LoadedModel loaded = Objects.requireNonNull(instance.loaded(), "the model is not loaded");
        LlamaModel model = loaded.model();
        ModelConfig config = model.config();
        KvLayout kv = model.kvLayout();
        String placement = opened.isInMemory() ? opened.storage() : model.weightPlacement();
        String id = instance.named().id();
        return String.format(
                Locale.ROOT,
                """
                  model        %s (%s, %d layers, vocabulary of %d)
                  weights      %s; %s
                %s  kernels      %s
                %s  threads      %d
                  activations  %s
                  context      %d tokens; KV cache %s, %d tokens, %s
                """,
                id.equals(opened.name()) ? id : id + ": " + opened.name(),
                config.architecture(),
                config.layers(),
                config.vocabularySize(),
                WeightSummary.of(opened.source()).describe(),
                placement,
                sparsity(opened),
                loaded.describeKernels(),
                thresholds(loaded.tuning()),
                loaded.pool().threads(),
                model.activations(),
                model.contextLength(),
                kv.type().id(),
                kv.blocks() * KvLayout.BLOCK_TOKENS,
                ByteSize.text(kv.bytes()));
    }

    /** A whole line, none for a model that has all its weights. */
    private static String sparsity(OpenedModel opened) {
        return opened.source()
                .sparsification()
                .map(sparse -> "  sparsity     " + SparsityReport.describe(sparse) + "\n")
                .orElse("");
    }

    /** Whole lines, none where the kernels had nothing to measure. */
    private static String thresholds(List<String> tuning) {
        return tuning.stream()
                .map(finding -> "  threshold    " + finding + "\n")
                .collect(Collectors.joining());
    }
}
