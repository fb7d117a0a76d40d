// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/** A value that can be called. */
@FunctionalInterface
interface Callable {
    Object call(Arguments arguments);
}
