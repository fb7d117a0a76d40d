// SPDX-License-Identifier: Apache-2.0
/** Traces of requests, handed to a collector in OpenTelemetry's protocol. */
@NullMarked
package dev.dendra.tracing;

import org.jspecify.annotations.NullMarked;
