// SPDX-License-Identifier: Apache-2.0
/**
 * What generated text must keep to: regular expressions, JSON schemas and grammars, compiled to byte-level automata whose
 * token masks are computed before generation begins.
 */
@NullMarked
package dev.dendra.constraint;

import org.jspecify.annotations.NullMarked;
