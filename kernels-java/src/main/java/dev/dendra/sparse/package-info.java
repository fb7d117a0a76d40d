// SPDX-License-Identifier: Apache-2.0
/** Matrices of which only live blocks are stored: their layout, packing, expanding and checking. */
@NullMarked
package dev.dendra.sparse;

import org.jspecify.annotations.NullMarked;
