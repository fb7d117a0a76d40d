// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of several hosts, kept as files and put side by side. */
@NullMarked
package dev.dendra.comparison;

import org.jspecify.annotations.NullMarked;
