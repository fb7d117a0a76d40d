// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import dev.dendra.engine.TokenConstraint;
import dev.dendra.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compiled constraints of one vocabulary, the least recently used dropped first; known by digests of what they are
 * compiled from. Compiles a few at a time. Any number of threads may use it.
 */
public final class ConstraintCache {
    private static final int MOST_ENTRIES = 32;
    private static final long MOST_BYTES = 128L << 20;
    private static final int MOST_COMPILATIONS =
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final int MOST_WAITING_SECONDS = 5;

    private final Tokenizer tokenizer;
    private final Set<Integer> spelled;
    private final Semaphore compilations = new Semaphore(MOST_COMPILATIONS);
    private final Map<String, CompiledConstraint> entries = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable ConstraintCompiler compiler;

    /**
     * An empty one. The vocabulary is sorted when the first constraint is compiled.
     *
     * @param spelled control tokens that stand for their spelling; others are never part of a text
     */
    public ConstraintCache(Tokenizer tokenizer, Set<Integer> spelled) {
        this.tokenizer = tokenizer;
        this.spelled = Set.copyOf(spelled);
    }

    /**
     * The constraint of a grammar.
     *
     * @param source all that {@code grammar} is made of, its kind included: sources that are equal have equal grammars
     * @param dropsSpace as for {@link ConstraintCompiler#compile}
     * @throws ConstraintException if it cannot be compiled, or too many others are being compiled
     */
    public TokenConstraint get(String source, boolean dropsSpace, GrammarSource grammar)
            throws ConstraintException, InterruptedException {
        String key = digest((dropsSpace ? "1" : "0") + source);
        CompiledConstraint known = find(key);
        if (known != null) {
            return known;
        }
        if (!compilations.tryAcquire(MOST_WAITING_SECONDS, TimeUnit.SECONDS)) {
            throw new ConstraintException(
                    ConstraintException.Reason.BUSY, "too many constraints are being compiled; try again later");
        }
        try {
            // Another request may have asked for the same while this one waited.
            known = find(key);
            if (known == null) {
                known = compiler().compileWithin(grammar, dropsSpace);
                add(key, known);
            }
            return known;
        } finally {
            compilations.release();
        }
    }

    private synchronized ConstraintCompiler compiler() {
        if (compiler == null) {
            compiler = new ConstraintCompiler(tokenizer, spelled);
        }
        return compiler;
    }

    private synchronized @Nullable CompiledConstraint find(String key) {
        return entries.get(key);
    }

    private synchronized void add(String key, CompiledConstraint constraint) {
        entries.put(key, constraint);
        // They grow as they are used.
        long bytes =
                entries.values().stream().mapToLong(CompiledConstraint::bytes).sum();
        Iterator<CompiledConstraint> oldest = entries.values().iterator();
        while (entries.size() > 1 && (entries.size() > MOST_ENTRIES || bytes > MOST_BYTES)) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    private static String digest(String source) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(source.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
