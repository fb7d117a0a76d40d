// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.evaluation.SampleMean;
import java.util.Locale;

/** How a mean and its standard error are written. */
final class Figure {
    private static final int DECIMALS_WITHOUT_ERROR = 3;
    private static final int MOST_DECIMALS = 12;

    private Figure() {}

    /** {@code 25.31 ± 0.42}: as many decimals as the error has to show two digits; no error where there is none to tell. */
    static String text(SampleMean mean) {
        double error = mean.standardError();
        if (!(error > 0)) {
            return String.format(Locale.ROOT, "%." + DECIMALS_WITHOUT_ERROR + "f", mean.value());
        }
        int decimals = Math.clamp(1 - (int) Math.floor(Math.log10(error)), 0, MOST_DECIMALS);
        return String.format(Locale.ROOT, "%." + decimals + "f ± %." + decimals + "f", mean.value(), error);
    }

    /** Writes value and error into a JSON object, without an error that there is none to tell of. */
    static void write(SampleMean mean, ObjectNode node) {
        node.put("value", mean.value());
        if (!Double.isNaN(mean.standardError())) {
            node.put("standard_error", mean.standardError());
        }
    }
}
