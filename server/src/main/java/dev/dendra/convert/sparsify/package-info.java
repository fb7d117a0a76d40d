// SPDX-License-Identifier: Apache-2.0
/** Pruning of whole models: block after block, with the activations of those already pruned. */
@NullMarked
package dev.dendra.convert.sparsify;

import org.jspecify.annotations.NullMarked;
