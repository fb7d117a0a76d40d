// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** Brings one row from a source into a panel. One instance is used by one thread. */
@FunctionalInterface
interface RowTransfer {

    /**
     * Packs a row.
     *
     * @param row row of the source
     * @param panel receives codes and scales; zero where they go
     * @param panelRow which of the panel's 16 rows it becomes
     * @param error receives what it cost
     * @throws UnrepresentableWeightException if the encoding cannot hold the weights
     */
    void transfer(int row, byte[] panel, int panelRow, PackingError error);
}
