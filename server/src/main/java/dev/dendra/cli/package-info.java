// SPDX-License-Identifier: Apache-2.0
/** The command line: one class a command, and the wiring. */
@NullMarked
package dev.dendra.cli;

import org.jspecify.annotations.NullMarked;
