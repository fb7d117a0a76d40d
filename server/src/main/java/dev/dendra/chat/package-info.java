// SPDX-License-Identifier: Apache-2.0
/** What an assistant's turn is made of beside plain text: calls of tools and reasoning, as each model family writes them. */
@NullMarked
package dev.dendra.chat;

import org.jspecify.annotations.NullMarked;
