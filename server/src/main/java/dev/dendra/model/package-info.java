// SPDX-License-Identifier: Apache-2.0
/** Architecture configuration and the forward pass over a batch. */
@NullMarked
package dev.dendra.model;

import org.jspecify.annotations.NullMarked;
