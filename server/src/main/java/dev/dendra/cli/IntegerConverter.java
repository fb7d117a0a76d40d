// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads integers of a range, so that a number out of range is wrong usage like a word would be. */
abstract class IntegerConverter implements ITypeConverter<Integer> {
    private final int minimum;
    private final int maximum;

    private IntegerConverter(int minimum, int maximum) {
        this.minimum = minimum;
        this.maximum = maximum;
    }

    @Override
    public Integer convert(String text) {
        try {
            int value = Integer.parseInt(text);
            if (value >= minimum && value <= maximum) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The message below says what was expected.
        }
        String range = maximum == Integer.MAX_VALUE ? "of at least " + minimum : "from " + minimum + " to " + maximum;
        throw new TypeConversionException("expected an integer " + range + ", got '" + text + "'");
    }

    /** From 1. */
    static final class Positive extends IntegerConverter {
        Positive() {
            super(1, Integer.MAX_VALUE);
        }
    }

    /** Tokens of a window, of which one is not scored. */
    static final class Window extends IntegerConverter {
        Window() {
            super(2, Integer.MAX_VALUE);
        }
    }

    /** From 0. */
    static final class NotNegative extends IntegerConverter {
        NotNegative() {
            super(0, Integer.MAX_VALUE);
        }
    }

    /** A TCP port; 0 stands for any free one. */
    static final class Port extends IntegerConverter {
        Port() {
            super(0, 65_535);
        }
    }

    /** Compute threads. */
    static final class Threads extends IntegerConverter {
        Threads() {
            super(1, 1024);
        }
    }
}
