// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What to ask for. */
final class PromptOptions {

    private static final int MOST_PREFIXES = 100_000;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "LENGTH",
            defaultValue = "128",
            description = "Synthetic prompts of so many tokens, each different: 128, 64..256 or"
                    + " mean=128,stdev=32[,min=16][,max=512]; default ${DEFAULT-VALUE}.")
    private String promptTokens = "128";

    @Option(
            names = "--max-tokens",
            paramLabel = "LENGTH",
            defaultValue = "64",
            description = "Output limit of a request, as above; default ${DEFAULT-VALUE}.")
    private String maxTokens = "64";

    @Option(
            names = "--prefix-tokens",
            defaultValue = "0",
            description = "Begin synthetic prompts with one of a few shared prefixes of so many tokens.")
    private int prefixTokens;

    @Option(names = "--prefix-count", defaultValue = "1", description = "How many shared prefixes, default 1.")
    private int prefixCount = 1;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            description = "JSON lines with \"prompt\" or \"messages\" and perhaps \"max_tokens\".")
    private @Nullable Path file;

    @Option(names = "--prompt", description = "This prompt for every request; a prefix cache may answer for the model.")
    private @Nullable String prompt;

    @Option(
            names = "--ignore-eos",
            negatable = true,
            description = "Have answers go on to their limit; the default for synthetic prompts.")
    private @Nullable Boolean ignoreEos;

    boolean isSynthetic() {
        return file == null && prompt == null;
    }

    boolean ignoreEos() {
        return ignoreEos == null ? isSynthetic() : ignoreEos;
    }

    /** Makes the prompts that were asked for, with the lengths of {@code trace} unless that is empty. */
    PromptFactory factory(List<Trace.Entry> trace, int warmup, Endpoint endpoint, TokenCounter counter)
            throws IOException, InterruptedException {
        LengthDistribution prompts = LengthDistribution.parse("--prompt-tokens", promptTokens);
        LengthDistribution outputs = LengthDistribution.parse("--max-tokens", maxTokens);
        if (prefixTokens < 0 || prefixTokens > LengthDistribution.LONGEST) {
            throw new BadInput("--prefix-tokens must be from 0 to " + LengthDistribution.LONGEST);
        }
        if (prefixCount < 1 || prefixCount > MOST_PREFIXES) {
            throw new BadInput("--prefix-count must be from 1 to " + MOST_PREFIXES);
        }
        if (!isSynthetic()) {
            return given(outputs, trace, endpoint);
        }
        SyntheticPrompts synthetic = new SyntheticPrompts(
                vocabulary(endpoint, counter),
                prompts,
                outputs,
                new SyntheticPrompts.SharedPrefix(prefixTokens, prefixCount));
        return trace.isEmpty() ? synthetic : synthetic.along(trace, warmup);
    }

    private static Vocabulary vocabulary(Endpoint endpoint, TokenCounter counter) throws InterruptedException {
        Vocabulary vocabulary = VocabularyCalibration.of(counter);
        return endpoint == Endpoint.CHAT
                ? new Vocabulary(vocabulary.words(), 0, vocabulary.basis() + ", without the chat template's own tokens")
                : vocabulary;
    }

    private FilePrompts given(LengthDistribution outputs, List<Trace.Entry> trace, Endpoint endpoint)
            throws IOException {
        if (file != null && prompt != null) {
            throw new BadInput("--prompt and --prompts exclude each other");
        }
        if (prefixTokens > 0 || !trace.isEmpty()) {
            throw new BadInput("--prefix-tokens and --trace go with synthetic prompts only");
        }
        if (outputs.min() != outputs.max()) {
            throw new BadInput("--max-tokens must be one number with --prompt and --prompts");
        }
        if (file != null) {
            return FilePrompts.read(file, outputs.min(), endpoint);
        }
        Prompt same = new Prompt(TextNode.valueOf(String.valueOf(prompt)), outputs.min());
        return new FilePrompts(List.of(same), "the same prompt each time");
    }
}
