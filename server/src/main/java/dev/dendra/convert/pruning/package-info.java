// SPDX-License-Identifier: Apache-2.0
/** The mathematics of pruning one matrix: which blocks live, and with which codes. Knows neither models nor files. */
@NullMarked
package dev.dendra.convert.pruning;

import org.jspecify.annotations.NullMarked;
