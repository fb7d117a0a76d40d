// SPDX-License-Identifier: Apache-2.0
/** The scalar oracle: every operation written as its definition, slow and beyond doubt. */
@NullMarked
package dev.dendra.kernels.reference;

import org.jspecify.annotations.NullMarked;
