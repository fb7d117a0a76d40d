// SPDX-License-Identifier: Apache-2.0
/** What a weight and an activation look like in memory: encodings, the panel layout, off-heap matrices. */
@NullMarked
package dev.dendra.tensor;

import org.jspecify.annotations.NullMarked;
