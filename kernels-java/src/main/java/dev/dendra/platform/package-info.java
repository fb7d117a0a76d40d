// SPDX-License-Identifier: Apache-2.0
/** The machine underneath: CPU features, huge pages, thread affinity, through libc. */
@NullMarked
package dev.dendra.platform;

import org.jspecify.annotations.NullMarked;
