// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels;

/**
 * What every provider's kernels have to do: extend this, name the kernels, and all parts of the contract run on them.
 * Integer operations and those with a promised order must equal the reference bit for bit (a zero may have either sign
 * and any NaN is as good as another); the others must stay within a bound derived from the reduction length.
 */
public abstract class KernelsContract
        implements GatherContract,
                MatmulContract,
                QuantizedMatmulContract,
                QuantizeRowsContract,
                Bfloat16Contract,
                SparseMatmulContract,
                ActivationPrecisionContract,
                ElementwiseContract,
                RopeContract,
                KvCacheContract,
                AttentionContract,
                LogitsContract,
                ReentrancyContract {

    @Override
    public abstract Kernels kernels();
}
