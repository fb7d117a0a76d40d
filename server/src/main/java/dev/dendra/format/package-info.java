// SPDX-License-Identifier: Apache-2.0
/** Model files: GGUF and .dendra. */
@NullMarked
package dev.dendra.format;

import org.jspecify.annotations.NullMarked;
