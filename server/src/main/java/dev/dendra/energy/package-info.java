// SPDX-License-Identifier: Apache-2.0
/** Energy meters. */
@NullMarked
package dev.dendra.energy;

import org.jspecify.annotations.NullMarked;
