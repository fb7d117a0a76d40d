// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random words in random lengths: no two prompts are alike beyond their common prefix, so that a prefix cache finds that
 * and nothing else.
 */
final class SyntheticPrompts implements PromptFactory {

    private final Vocabulary vocabulary;
    private final LengthDistribution promptTokens;
    private final LengthDistribution outputTokens;
    private final SharedPrefix prefix;

    /** @param promptTokens lengths without the prefix */
    SyntheticPrompts(
            Vocabulary vocabulary,
            LengthDistribution promptTokens,
            LengthDistribution outputTokens,
            SharedPrefix prefix) {
        this.vocabulary = vocabulary;
        this.promptTokens = promptTokens;
        this.outputTokens = outputTokens;
        this.prefix = prefix;
    }

    /**
     * Beginnings that prompts have in common.
     *
     * @param tokens length of each, 0 for none
     * @param count of different ones, of which each request has one at random
     */
    record SharedPrefix(int tokens, int count) {

        static final SharedPrefix NONE = new SharedPrefix(0, 1);
    }

    @Override
    public PromptSource prompts(long seed) {
        return index -> {
            SplittableRandom random = Seeds.random(seed, 2, index);
            return prompt(promptTokens.draw(random), outputTokens.draw(random), random, seed);
        };
    }

    /**
     * The same, but with the lengths of a trace.
     *
     * @param warmup requests before those of the trace
     */
    PromptFactory along(List<Trace.Entry> trace, int warmup) {
        return new PromptFactory() {
            @Override
            public PromptSource prompts(long seed) {
                return index -> {
                    Trace.Entry entry = trace.get(Math.floorMod(index - warmup, trace.size()));
                    SplittableRandom random = Seeds.random(seed, 2, index);
                    return prompt(entry.promptTokens(), entry.outputTokens(), random, seed);
                };
            }

            @Override
            public String describe() {
                return SyntheticPrompts.this.describe("lengths of the trace");
            }
        };
    }

    @Override
    public String describe() {
        return describe(promptTokens + " tokens, output " + outputTokens);
    }

    private String describe(String lengths) {
        String common = prefix.tokens() == 0
                ? ""
                : ", after one of " + prefix.count() + " shared prefixes of " + prefix.tokens() + " tokens";
        return "synthetic, " + lengths + common + "; counts " + vocabulary.basis()
                + "; random words, which prefix caches and speculative decoding meet differently from real text";
    }

    private Prompt prompt(int length, int output, SplittableRandom random, long seed) {
        if (prefix.tokens() == 0) {
            return new Prompt(TextNode.valueOf(vocabulary.text(length, random)), output);
        }
        String common = vocabulary.text(prefix.tokens(), Seeds.random(seed, 3, random.nextInt(prefix.count())));
        String own = new Vocabulary(vocabulary.words(), 0, vocabulary.basis()).text(length, random);
        return new Prompt(TextNode.valueOf(common + " " + own), output);
    }
}
