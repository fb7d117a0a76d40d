// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

/** What the classes of regular expressions hold (ECMA-262, section 22.2.2.9, without the Unicode flag). */
final class RegexClasses {
    /** {@code \d}. */
    static final CodePointSet DIGITS = CodePointSet.range('0', '9');

    /** {@code \w}. */
    static final CodePointSet WORD = new CodePointSet.Builder()
            .add('0', '9')
            .add('A', 'Z')
            .add('a', 'z')
            .add('_', '_')
            .build();

    /** {@code \s}. */
    static final CodePointSet SPACE = new CodePointSet.Builder()
            .add('\t', '\r')
            .add(' ', ' ')
            .add(0xA0, 0xA0)
            .add(0x1680, 0x1680)
            .add(0x2000, 0x200A)
            .add(0x2028, 0x2029)
            .add(0x202F, 0x202F)
            .add(0x205F, 0x205F)
            .add(0x3000, 0x3000)
            .add(0xFEFF, 0xFEFF)
            .build();

    /** {@code .}: all but line terminators. */
    static final CodePointSet ANY_OF_A_LINE = new CodePointSet.Builder()
            .add('\n', '\n')
            .add('\r', '\r')
            .add(0x2028, 0x2029)
            .build()
            .complement();

    private RegexClasses() {}
}
