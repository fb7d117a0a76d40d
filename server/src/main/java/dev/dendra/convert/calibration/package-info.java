// SPDX-License-Identifier: Apache-2.0
/** Tokens on which a model is watched before its weights are changed: of a text, or sampled from the model itself. */
@NullMarked
package dev.dendra.convert.calibration;

import org.jspecify.annotations.NullMarked;
