// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import dev.dendra.tensor.Encoding;
import dev.dendra.tensor.Pattern;

/** Matrices that the same kernels multiply. */
record WeightKind(Encoding encoding, Pattern pattern) {}
