// SPDX-License-Identifier: Apache-2.0
/** A load generator that speaks HTTP only. */
@NullMarked
package dev.dendra.loadtest;

import org.jspecify.annotations.NullMarked;
