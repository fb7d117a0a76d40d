// SPDX-License-Identifier: Apache-2.0
/** Benchmarks of kernels, run by hand with JMH; each checks what it computes before it is timed. */
package dev.dendra.kernels.bench;
