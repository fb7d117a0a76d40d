// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.TokenConstraint;

/**
 * What an answer must keep to.
 *
 * @param param the request field that says so
 * @param tokens the engine's part of it
 */
record AnswerConstraint(String param, TokenConstraint tokens) {}
