// SPDX-License-Identifier: Apache-2.0
/** Scheduler, sequences, KV blocks, sampling. */
@NullMarked
package dev.dendra.engine;

import org.jspecify.annotations.NullMarked;
