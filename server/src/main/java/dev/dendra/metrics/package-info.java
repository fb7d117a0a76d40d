// SPDX-License-Identifier: Apache-2.0
/** Every metric name in one place. */
@NullMarked
package dev.dendra.metrics;

import org.jspecify.annotations.NullMarked;
