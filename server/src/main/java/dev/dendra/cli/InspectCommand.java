// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.format.DendraFile;
import dev.dendra.format.ModelFormatException;
import dev.dendra.format.ModelMetadata;
import dev.dendra.format.Provenance;
import dev.dendra.kernels.KernelSelector;
import dev.dendra.kernels.Kernels;
import dev.dendra.kernels.KvLayout;
import dev.dendra.kernels.KvType;
import dev.dendra.kernels.Tuning;
import dev.dendra.model.Activations;
import dev.dendra.model.ModelConfig;
import dev.dendra.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code inspect}: what a model is, and what would run it here. */
@Command(
        name = "inspect",
        description =
                "Show a model's configuration, tokenizer and tensors as packed, and the kernels that would run it.")
final class InspectCommand implements Callable<Integer> {
    private static final String TRAINING = "dendra.training.";

    private final Console console;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A .gguf or .dendra file, or a name that `dendra models` lists (default: its first).")
    private @Nullable String model;

    @Option(names = "--verify", description = "Read a .dendra file whole and compare the digest of every tensor.")
    private boolean verify;

    @Mixin
    private final CacheArguments cache = new CacheArguments();

    InspectCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        try (OpenedModel opened = new ModelOpener(console).open(Optional.ofNullable(model), cache)) {
            printModel(opened);
            printTokenizer(opened);
            console.out().println("Tensors");
            TensorTable.print(opened.source().tensors(), console.out());
            printKernels(opened);
            if (verify) {
                verify(opened);
            }
        }
        return 0;
    }

    private void printModel(OpenedModel opened) throws ModelFormatException {
        PrintWriter out = console.out();
        ModelConfig config = ModelConfig.of(opened.source().metadata());
        out.println("Model");
        line("name", config.name());
        line("weights", WeightSummary.of(opened.source()).describe());
        line("storage", opened.storage());
        if (opened.source() instanceof DendraFile file) {
            Provenance provenance = file.provenance();
            line("made from", provenance.sourceFile() + ", sha256 " + provenance.sourceSha256());
            line("made by", provenance.tool() + ", " + provenance.method());
            provenance.sparsification().ifPresent(sparse -> line("sparsity", SparsityReport.describe(sparse)));
        }
        printTraining(opened.source().metadata());
        line("architecture", config.architecture());
        line("layers", config.layers());
        line("embedding length", config.embeddingLength());
        line("feed-forward length", config.feedForwardLength());
        line(
                "heads",
                config.heads() + " query, " + config.kvHeads() + " key/value, " + config.headDimension() + " wide");
        line("context length", config.contextLength());
        for (KvType type : KvType.values()) {
            KvLayout block = new KvLayout(type, config.layers(), config.kvHeads(), config.headDimension(), 1);
            line("KV cache in " + type.id(), ByteSize.text(block.bytesPerToken()) + " a token");
        }
        line("rotary base", String.format(Locale.ROOT, "%.0f", config.rope().base()));
    }

    /** What a model that was trained for Dendra says of it, a line for each key: {@code training tokens}. */
    private void printTraining(ModelMetadata metadata) {
        metadata.values().forEach((key, value) -> {
            boolean isSingle = value instanceof String || value instanceof Number || value instanceof Boolean;
            if (key.startsWith(TRAINING) && isSingle) {
                line("training " + key.substring(TRAINING.length()).replace('_', ' '), value);
            }
        });
    }

    private void printTokenizer(OpenedModel opened) throws ModelFormatException {
        Tokenizer tokenizer = opened.tokenizer();
        console.out().println("Tokenizer");
        line(
                "kind",
                opened.source().metadata().string("tokenizer.ggml.model") + ", "
                        + opened.source().metadata().stringOr("tokenizer.ggml.pre", "no pre-tokenizer named"));
        line("vocabulary", tokenizer.vocabularySize());
        line(
                "begin of sequence",
                token(tokenizer, tokenizer.beginOfSequence())
                        + (tokenizer.addsBeginOfSequence() ? ", added to text" : ", not added"));
        line("end of sequence", token(tokenizer, tokenizer.endOfSequence()));
        line("chat template", opened.chatTemplate().isPresent() ? "yes" : "none that works");
    }

    private void printKernels(OpenedModel opened) throws ModelFormatException {
        console.out().println("Kernels");
        KernelSelector.Selection selection = KernelSelector.select(KernelSelector.AUTO);
        try (Kernels kernels = selection.kernels()) {
            line("chosen", kernels.info().provider() + ", " + kernels.info().isa());
            Tuning tuning = opened.tune(
                    kernels, Activations.defaultOf(kernels).precisions(), ComputeArguments.defaultThreads());
            line("activations", Activations.defaultOf(tuning.kernels()));
            tuning.findings().forEach(finding -> line("threshold", finding));
        }
        selection.passedOver().forEach(reason -> line("passed over", reason));
    }

    private void verify(OpenedModel opened) throws CommandFailure, ModelFormatException {
        if (!(opened.source() instanceof DendraFile file)) {
            throw new CommandFailure("nothing to verify: the weights were packed in memory");
        }
        file.verify();
        console.out().println("Verified: every tensor has the digest that the file says");
    }

    private static String token(Tokenizer tokenizer, int token) {
        return token < 0 ? "none" : token + " " + tokenizer.spelling(token);
    }

    private void line(String label, Object value) {
        console.out().printf(Locale.ROOT, "  %-20s %s%n", label, value);
    }
}
