// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/** The value {@code none}. */
enum None {
    NONE
}
