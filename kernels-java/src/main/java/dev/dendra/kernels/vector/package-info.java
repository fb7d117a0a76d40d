// SPDX-License-Identifier: Apache-2.0
/** Kernels on the Vector API; the only package that imports it. */
@NullMarked
package dev.dendra.kernels.vector;

import org.jspecify.annotations.NullMarked;
