// SPDX-License-Identifier: Apache-2.0
/** Models known by name, and how they are fetched. */
@NullMarked
package dev.dendra.catalog;

import org.jspecify.annotations.NullMarked;
