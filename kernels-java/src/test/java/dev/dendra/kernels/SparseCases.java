// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import dev.dendra.sparse.BlockMask;
import dev.dendra.sparse.SparsePacker;
import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.PackedMatrix;
import dev.dendra.tensor.Pattern;
import java.lang.foreign.Arena;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Draws sparse matrices. */
final class SparseCases {
    /** For tests of each pattern with each encoding. */
    static final String FORMATS = "dev.dendra.kernels.SparseCases#formats";

    private SparseCases() {}

    /** The source of {@link #FORMATS}. */
    static Stream<Arguments> formats() {
        return Stream.of(Pattern.UNSTRUCTURED, Pattern.QUADS, Pattern.LINES, Pattern.TILES)
                .flatMap(pattern -> Stream.of(Encoding.BF16, Encoding.I8, Encoding.I8G32, Encoding.U4G32)
                        .map(encoding -> Arguments.of(pattern, encoding)));
    }

    /**
     * A mask in which each block lives with the probability {@code density}, so that panels differ; 0 and 1 are exact.
     */
    static BlockMask mask(Cases cases, Pattern pattern, int n, int k, double density) {
        BlockMask mask = new BlockMask(pattern, n, k);
        for (int row = 0; row < mask.rowBlocks(); row++) {
            for (int column = 0; column < mask.columnBlocks(); column++) {
                mask.set(row, column, cases.integer(0, 1000) < density * 1000);
            }
        }
        return mask;
    }

    /** A dense matrix whose groups, in u4g32, have minima that a pattern can take. */
    static PackedMatrix dense(Cases cases, Encoding encoding, int n, int k, boolean extreme) {
        PackedMatrix dense = extreme ? cases.extremeWeights(encoding, n, k) : cases.weights(encoding, n, k);
        if (encoding == Encoding.U4G32) {
            PanelWriter writer = new PanelWriter(dense);
            for (int output = 0; output < n; output++) {
                for (int input = 0; input < k; input += 32) {
                    float scale = extreme
                            ? new float[] {0f, -0f, 0x1p-24f, -0x1p-20f, 500f, 1f / 3}[cases.integer(0, 6)]
                            : 0.01f * (1 + cases.integer(0, 100) / 100f);
                    writer.setScale(output, input, scale);
                    writer.setMinimum(output, input, -8 * Float.float16ToFloat(Float.floatToFloat16(scale)));
                }
            }
        }
        return dense;
    }

    /** A sparse matrix; its dense form is what {@code SparseExpansion} makes of it. */
    static PackedMatrix sparse(
            Arena arena,
            Cases cases,
            Encoding encoding,
            Pattern pattern,
            int n,
            int k,
            double density,
            boolean extreme) {
        return SparsePacker.pack(dense(cases, encoding, n, k, extreme), mask(cases, pattern, n, k, density), arena);
    }
}
