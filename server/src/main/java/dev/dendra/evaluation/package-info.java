// SPDX-License-Identifier: Apache-2.0
/** How well a model predicts text, alone and beside another one: perplexity, divergence, multiple choice. */
@NullMarked
package dev.dendra.evaluation;

import org.jspecify.annotations.NullMarked;
