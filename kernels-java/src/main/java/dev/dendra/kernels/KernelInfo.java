// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/**
 * Which kernels these are.
 *
 * @param provider {@code reference}, {@code vector} or {@code native}
 * @param isa instruction set in use: {@code scalar}, {@code vector-512}, {@code avx2}, {@code avx512}, {@code amx}
 * @param vectorBits width of a vector register in bits, 0 for scalar code
 */
public record KernelInfo(String provider, String isa, int vectorBits) {}
