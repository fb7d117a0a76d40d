// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.util.Optional;

/**
 * Where a packed model comes from.
 *
 * @param sourceFile name of the file that it was made from, without its folder
 * @param sourceSha256 that file's digest
 * @param tool what made it, with its version
 * @param method what was done: {@code pack}, {@code pack i8}
 * @param sparsification how weights were left out, if they were
 */
public record Provenance(
        String sourceFile, String sourceSha256, String tool, String method, Optional<Sparsification> sparsification) {

    /** Of a model that has all its weights. */
    public Provenance(String sourceFile, String sourceSha256, String tool, String method) {
        this(sourceFile, sourceSha256, tool, method, Optional.empty());
    }
}
