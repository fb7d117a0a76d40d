// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.sparsify;

import dev.dendra.format.TensorNames;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which tensors a user wants to stay dense. */
final class KeptTensors {
    /** Words that people use for tensors with names of GGUF's own. */
    private static final Map<String, String> ALIASES =
            Map.of("lm_head", TensorNames.HEAD, "embed", TensorNames.EMBEDDING);

    private final List<String> prefixes;

    private KeptTensors(List<String> prefixes) {
        this.prefixes = prefixes;
    }

    /**
     * Resolves names and prefixes.
     *
     * @param names of the matrices that there are
     * @throws SparsifyException naming the first that fits no matrix, and what there is
     */
    static KeptTensors of(List<String> keep, Set<String> names) throws SparsifyException {
        List<String> prefixes =
                keep.stream().map(word -> ALIASES.getOrDefault(word, word)).toList();
        for (int i = 0; i < prefixes.size(); i++) {
            String prefix = prefixes.get(i);
            if (names.stream().noneMatch(name -> isBelow(prefix, name))) {
                throw new SparsifyException(
                        "nothing to keep is called '" + keep.get(i) + "'; there are " + describe(names));
            }
        }
        return new KeptTensors(prefixes);
    }

    boolean contains(String name) {
        return prefixes.stream().anyMatch(prefix -> isBelow(prefix, name));
    }

    private static boolean isBelow(String prefix, String name) {
        return name.equals(prefix) || name.startsWith(prefix + ".");
    }

    /** {@code lm_head, embed, blk.0 to blk.29, each with attn_k, attn_q}. */
    private static String describe(Set<String> names) {
        Set<String> kinds = new TreeSet<>();
        int last = 0;
        for (String name : names) {
            String[] parts = name.split("\\.", -1);
            if (parts[0].equals("blk") && parts.length > 2) {
                last = Math.max(last, Integer.parseInt(parts[1]));
                kinds.add(parts[2]);
            }
        }
        return "lm_head, embed, and blk.0 to blk." + last + ", each with " + String.join(", ", kinds)
                + " (blk.0.attn_q)";
    }
}
