// SPDX-License-Identifier: Apache-2.0
/** Offline conversion: quantise and pack; and packed weights that are made up, for measuring. */
@NullMarked
package dev.dendra.convert;

import org.jspecify.annotations.NullMarked;
