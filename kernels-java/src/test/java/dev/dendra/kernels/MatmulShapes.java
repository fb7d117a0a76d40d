// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

import java.util.ArrayList;
import java.util.List;

/** Sizes on both sides of every tile edge; each dimension sweeps while the others stay odd and small. */
final class MatmulShapes {
    private static final int[] M = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 31, 32, 33, 64};
    private static final int[] N = {1, 2, 15, 16, 17, 31, 32, 33, 47, 48, 49, 80};
    private static final int[] K = {1, 2, 3, 4, 5, 8, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 192, 576};

    private MatmulShapes() {}

    record Shape(int m, int n, int k) {}

    static List<Shape> all() {
        List<Shape> shapes = new ArrayList<>();
        for (int m : M) {
            shapes.add(new Shape(m, 33, 96));
        }
        for (int n : N) {
            shapes.add(new Shape(3, n, 65));
            shapes.add(new Shape(9, n, 64));
        }
        for (int k : K) {
            shapes.add(new Shape(1, 17, k));
            shapes.add(new Shape(5, 17, k));
        }
        return shapes;
    }

    /** Fewer, for tests that repeat them for many formats. */
    static List<Shape> sparse() {
        List<Shape> shapes = new ArrayList<>();
        for (int m : new int[] {1, 2, 5, 17}) {
            shapes.add(new Shape(m, 33, 192));
        }
        for (int n : new int[] {1, 17, 33, 48}) {
            shapes.add(new Shape(3, n, 97));
        }
        for (int k : new int[] {1, 65, 97, 192, 576}) {
            shapes.add(new Shape(2, 17, k));
        }
        return shapes;
    }
}
