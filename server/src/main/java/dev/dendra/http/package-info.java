// SPDX-License-Identifier: Apache-2.0
/** Routes, the OpenAI wire format, server-sent events, errors, health. */
@NullMarked
package dev.dendra.http;

import org.jspecify.annotations.NullMarked;
