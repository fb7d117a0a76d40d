// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Lengths in tokens: normally distributed, rounded, and drawn again until between {@code min} and {@code max}; all equal
 * where {@code stdev} is 0; each equally likely where it is infinite.
 */
record LengthDistribution(double mean, double stdev, int min, int max) {

    /** More than any model's context. */
    static final int LONGEST = 4_000_000;

    private static final int DRAWS = 1000;

    static LengthDistribution fixed(int length) {
        return new LengthDistribution(length, 0, length, length);
    }

    /**
     * Reads {@code 128}, {@code 64..256}, or {@code mean=128,stdev=32,min=16,max=512} with the last two optional.
     *
     * @param what named in the error
     * @throws BadInput if it is none of these
     */
    static LengthDistribution parse(String what, String text) {
        try {
            if (text.contains("=")) {
                return normal(what, text);
            }
            List<String> ends = List.of(text.split("\\.\\.", -1));
            int min = length(ends.getFirst());
            int max = length(ends.getLast());
            if (ends.size() > 2 || min > max) {
                throw new NumberFormatException(text);
            }
            return new LengthDistribution((min + max) / 2.0, min == max ? 0 : Double.POSITIVE_INFINITY, min, max);
        } catch (NumberFormatException e) {
            throw new BadInput(what + " must be a length from 1 to " + LONGEST
                    + ", a range such as 64..256, or mean=128,stdev=32[,min=16][,max=512], got " + text);
        }
    }

    int draw(SplittableRandom random) {
        if (stdev == 0) {
            return min;
        }
        if (Double.isInfinite(stdev)) {
            return random.nextInt(min, max + 1);
        }
        for (int i = 0; i < DRAWS; i++) {
            long length = Math.round(random.nextGaussian(mean, stdev));
            if (length >= min && length <= max) {
                return (int) length;
            }
        }
        return Math.clamp(Math.round(mean), min, max);
    }

    @Override
    public String toString() {
        if (stdev == 0) {
            return Integer.toString(min);
        }
        return Double.isInfinite(stdev)
                ? min + ".." + max
                : "mean=" + mean + ",stdev=" + stdev + ",min=" + min + ",max=" + max;
    }

    private static LengthDistribution normal(String what, String text) {
        Map<String, String> parts = new HashMap<>();
        for (String part : text.split(",", -1)) {
            List<String> pair = new ArrayList<>(List.of(part.split("=", 2)));
            String key = pair.getFirst().strip();
            if (pair.size() < 2 || !List.of("mean", "stdev", "min", "max").contains(key)) {
                throw new BadInput(what + ": expected mean=, stdev=, min= or max=, got " + part);
            }
            if (parts.put(key, pair.getLast().strip()) != null) {
                throw new BadInput(what + ": " + key + " occurs twice");
            }
        }
        double mean = number(parts.getOrDefault("mean", ""));
        double stdev = number(parts.getOrDefault("stdev", "0"));
        int min = length(parts.getOrDefault("min", "1"));
        int max = length(parts.getOrDefault("max", Integer.toString(LONGEST)));
        if (mean < min || mean > max || min > max) {
            throw new BadInput(what + ": the mean must lie between min and max, got " + text);
        }
        return stdev == 0 ? fixed((int) Math.round(mean)) : new LengthDistribution(mean, stdev, min, max);
    }

    private static int length(String text) {
        int length = Integer.parseInt(text.strip());
        if (length < 1 || length > LONGEST) {
            throw new NumberFormatException(text);
        }
        return length;
    }

    private static double number(String text) {
        double number = Double.parseDouble(text);
        if (!(number >= 0 && number <= LONGEST)) {
            throw new NumberFormatException(text);
        }
        return number;
    }
}
