// SPDX-License-Identifier: Apache-2.0
/** Kernels in C, bound through the Foreign Function and Memory API. */
@NullMarked
package dev.dendra.kernels.ffm;

import org.jspecify.annotations.NullMarked;
