// SPDX-License-Identifier: Apache-2.0
/** Offline conversion: quantise and pack. */
@NullMarked
package dev.dendra.convert;

import org.jspecify.annotations.NullMarked;
