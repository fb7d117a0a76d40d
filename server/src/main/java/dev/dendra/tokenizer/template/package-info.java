// SPDX-License-Identifier: Apache-2.0
/**
 * A sandboxed interpreter of the part of Jinja that chat templates use. A template comes with a model from anywhere, so
 * it reaches nothing but the values it is given, and time, memory, depth and output are budgeted.
 */
@NullMarked
package dev.dendra.tokenizer.template;

import org.jspecify.annotations.NullMarked;
