// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import java.util.List;
import java.util.OptionalDouble;

/** Made-up results. */
final class Results {
    private Results() {}

    static MatrixResult of(HostDescription host, MatrixCell... cells) {
        return new MatrixResult("0.1.0", "2026-11-30", "smollm2-135m", host, List.of(cells));
    }

    static HostDescription host(String microarchitecture, String meter) {
        return new HostDescription(
                "Some \"CPU\" & more",
                microarchitecture,
                "0x2b",
                "performance",
                "Linux 6.12",
                2,
                2,
                OptionalDouble.of(14.5e9),
                meter);
    }

    static MatrixCell cell(String isa, String pattern, String test, int batch, double rate, OptionalDouble joules) {
        return new MatrixCell(
                "native",
                isa,
                "i8",
                pattern,
                pattern.equals("dense") ? 1 : 0.5,
                "i16",
                test,
                batch,
                rate,
                rate - 1,
                rate + 1,
                joules);
    }
}
