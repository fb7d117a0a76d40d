// SPDX-License-Identifier: Apache-2.0
/** What a kernel is: the operations of a Transformer, who provides them, and which provider was chosen and why. */
@NullMarked
package dev.dendra.kernels;

import org.jspecify.annotations.NullMarked;
