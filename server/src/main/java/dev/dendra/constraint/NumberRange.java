// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decimal numerals without exponent whose values lie between two bounds.
 *
 * @param minimum least value; null for none
 * @param aboveMinimum whether {@code minimum} itself is left out
 * @param maximum largest value; null for none
 * @param belowMaximum whether {@code maximum} itself is left out
 */
record NumberRange(
        @Nullable BigDecimal minimum,
        boolean aboveMinimum,
        @Nullable BigDecimal maximum,
        boolean belowMaximum) {
    private static final BigInteger LARGEST =
            BigInteger.TEN.pow(JsonGrammar.MOST_DIGITS).subtract(BigInteger.ONE);
    private static final Grammar DIGIT = JsonGrammar.DIGIT;
    private static final int MOST_FRACTION_DIGITS = 17;
    private static final Grammar MORE_DIGITS = Grammar.repeat(DIGIT, 0, MOST_FRACTION_DIGITS);
    private static final Grammar POINT = Grammar.literal(".");
    private static final Grammar SOME_ZEROS = Grammar.repeat(Grammar.literal("0"), 0, MOST_FRACTION_DIGITS);
    private static final Grammar NOT_ONLY_ZEROS = Grammar.sequence(SOME_ZEROS, digits('1', '9'), MORE_DIGITS);

    /** Whether there is no bound at all. */
    boolean isUnlimited() {
        return minimum == null && maximum == null;
    }

    /**
     * The whole numbers among them that are multiples of {@code divisor}.
     *
     * @throws ConstraintException if there are none
     */
    Grammar integers(int divisor) throws ConstraintException {
        BigInteger least = minimum == null ? LARGEST.negate() : ceiling(minimum, aboveMinimum);
        BigInteger largest = maximum == null
                ? LARGEST
                : ceiling(maximum.negate(), belowMaximum).negate();
        least = least.max(LARGEST.negate());
        largest = largest.min(LARGEST);
        List<Grammar> parts = new ArrayList<>();
        if (largest.signum() >= 0 && least.compareTo(largest) <= 0) {
            parts.add(multiples(digits(least.max(BigInteger.ZERO), largest), divisor));
        }
        if (least.signum() < 0 && least.compareTo(largest) <= 0) {
            BigInteger nearest = largest.negate().max(BigInteger.ONE);
            parts.add(Grammar.sequence(Grammar.literal("-"), multiples(digits(nearest, least.negate()), divisor)));
        }
        if (parts.isEmpty()) {
            throw ConstraintException.invalid(
                    "no whole number of up to " + JsonGrammar.MOST_DIGITS + " digits lies between the bounds");
        }
        return Grammar.choice(parts);
    }

    /**
     * All of them.
     *
     * @throws ConstraintException if there are none, or a bound has too many digits
     */
    Grammar numbers() throws ConstraintException {
        List<Grammar> parts = new ArrayList<>();
        if (maximum == null || maximum.signum() > 0 || (maximum.signum() == 0 && !belowMaximum)) {
            boolean positiveMinimum = minimum != null && minimum.signum() >= 0;
            parts.add(magnitudes(positiveMinimum ? minimum : null, aboveMinimum, maximum, belowMaximum));
        }
        if (minimum == null || minimum.signum() < 0) {
            boolean negativeMaximum = maximum != null && maximum.signum() < 0;
            BigDecimal nearest = negativeMaximum && maximum != null ? maximum.negate() : BigDecimal.ZERO;
            parts.add(Grammar.sequence(
                    Grammar.literal("-"),
                    magnitudes(
                            nearest,
                            !negativeMaximum || belowMaximum,
                            minimum == null ? null : minimum.negate(),
                            aboveMinimum)));
        }
        if (parts.isEmpty()) {
            throw ConstraintException.invalid("no number lies between the bounds");
        }
        return Grammar.choice(parts);
    }

    private static Grammar multiples(Grammar digits, int divisor) {
        return divisor == 1 ? digits : new Grammar.Intersection(digits, new Grammar.Multiples(divisor));
    }

    private static BigInteger ceiling(BigDecimal value, boolean above) {
        BigInteger rounded = clamped(value).setScale(0, RoundingMode.CEILING).toBigInteger();
        boolean whole = new BigDecimal(rounded).compareTo(value) == 0;
        return above && whole ? rounded.add(BigInteger.ONE) : rounded;
    }

    /** Keeps values with huge exponents from being written out. */
    private static BigDecimal clamped(BigDecimal value) {
        BigDecimal beyond = new BigDecimal(LARGEST.add(BigInteger.TWO));
        return value.max(beyond.negate()).min(beyond);
    }

    private static Grammar magnitudes(
            @Nullable BigDecimal least, boolean above, @Nullable BigDecimal largest, boolean below)
            throws ConstraintException {
        Grammar any = Grammar.sequence(digits(BigInteger.ZERO, LARGEST), JsonGrammar.FRACTION);
        Grammar low = least == null ? any : atLeast(least, above);
        Grammar high = largest == null || largest.compareTo(new BigDecimal(LARGEST)) > 0 ? any : atMost(largest, below);
        return new Grammar.Intersection(low, high);
    }

    private static Grammar atLeast(BigDecimal bound, boolean above) throws ConstraintException {
        BigInteger whole = wholePart(bound);
        List<Grammar> parts = new ArrayList<>();
        if (whole.compareTo(LARGEST) < 0) {
            parts.add(Grammar.sequence(digits(whole.add(BigInteger.ONE), LARGEST), JsonGrammar.FRACTION));
        }
        String fraction = fraction(bound);
        List<Grammar> fractions = new ArrayList<>();
        for (int i = 0; i < fraction.length(); i++) {
            if (fraction.charAt(i) < '9') {
                fractions.add(Grammar.sequence(
                        POINT,
                        Grammar.literal(fraction.substring(0, i)),
                        digits((char) (fraction.charAt(i) + 1), '9'),
                        MORE_DIGITS));
            }
        }
        if (above) {
            fractions.add(Grammar.sequence(POINT, Grammar.literal(fraction), NOT_ONLY_ZEROS));
        } else if (fraction.isEmpty()) {
            fractions.add(JsonGrammar.FRACTION);
        } else {
            fractions.add(Grammar.sequence(POINT, Grammar.literal(fraction), MORE_DIGITS));
        }
        parts.add(Grammar.sequence(Grammar.literal(whole.toString()), Grammar.choice(fractions)));
        return Grammar.choice(parts);
    }

    private static Grammar atMost(BigDecimal bound, boolean below) throws ConstraintException {
        BigInteger whole = wholePart(bound);
        List<Grammar> parts = new ArrayList<>();
        if (whole.signum() > 0) {
            parts.add(Grammar.sequence(digits(BigInteger.ZERO, whole.subtract(BigInteger.ONE)), JsonGrammar.FRACTION));
        }
        String fraction = fraction(bound);
        List<Grammar> fractions = new ArrayList<>();
        if (!fraction.isEmpty() || !below) {
            fractions.add(Grammar.EMPTY);
        }
        for (int i = 0; i < fraction.length(); i++) {
            Grammar prefix = Grammar.sequence(POINT, Grammar.literal(fraction.substring(0, i)));
            if (fraction.charAt(i) > '0') {
                fractions.add(Grammar.sequence(prefix, digits('0', (char) (fraction.charAt(i) - 1)), MORE_DIGITS));
            }
            if (i > 0) {
                fractions.add(prefix);
            }
        }
        if (!below) {
            Grammar exactly = Grammar.sequence(POINT, Grammar.literal(fraction));
            fractions.add(
                    Grammar.sequence(exactly, fraction.isEmpty() ? Grammar.literal("0") : Grammar.EMPTY, SOME_ZEROS));
        }
        if (!fractions.isEmpty()) {
            parts.add(Grammar.sequence(Grammar.literal(whole.toString()), Grammar.choice(fractions)));
        }
        return Grammar.choice(parts);
    }

    private static BigInteger wholePart(BigDecimal bound) {
        return clamped(bound).toBigInteger().min(LARGEST);
    }

    private static String fraction(BigDecimal bound) throws ConstraintException {
        BigDecimal stripped = clamped(bound).stripTrailingZeros();
        if (stripped.scale() <= 0) {
            return "";
        }
        if (stripped.scale() >= MOST_FRACTION_DIGITS) {
            throw ConstraintException.unsupported(
                    "a bound has more than " + (MOST_FRACTION_DIGITS - 1) + " digits after the point");
        }
        String plain = stripped.toPlainString();
        return plain.substring(plain.indexOf('.') + 1);
    }

    /** Numerals without leading zeros of the whole numbers from {@code least} to {@code largest}, not negative. */
    private static Grammar digits(BigInteger least, BigInteger largest) {
        List<Grammar> lengths = new ArrayList<>();
        int shortest = least.toString().length();
        int longest = largest.toString().length();
        for (int length = shortest; length <= longest; length++) {
            String low = length == shortest ? least.toString() : "1" + "0".repeat(length - 1);
            String high = length == longest ? largest.toString() : "9".repeat(length);
            lengths.add(between(low, high, 0));
        }
        return Grammar.choice(lengths);
    }

    private static Grammar between(String low, String high, int at) {
        if (at == low.length()) {
            return Grammar.EMPTY;
        }
        int left = low.length() - at;
        if (low.endsWith("0".repeat(left)) && high.endsWith("9".repeat(left))) {
            return Grammar.repeat(DIGIT, left, left);
        }
        char first = low.charAt(at);
        char last = high.charAt(at);
        if (first == last) {
            return Grammar.sequence(digits(first, first), between(low, high, at + 1));
        }
        List<Grammar> parts = new ArrayList<>();
        parts.add(Grammar.sequence(digits(first, first), between(low, "9".repeat(low.length()), at + 1)));
        if (first + 1 < last) {
            parts.add(Grammar.sequence(
                    digits((char) (first + 1), (char) (last - 1)), Grammar.repeat(DIGIT, left - 1, left - 1)));
        }
        parts.add(Grammar.sequence(digits(last, last), between("0".repeat(high.length()), high, at + 1)));
        return Grammar.choice(parts);
    }

    private static Grammar digits(char first, char last) {
        return new Grammar.Characters(CodePointSet.range(first, last));
    }
}
