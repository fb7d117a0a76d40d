// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MemoryShortageTest {

    @Test
    void whatDoesNotFitIsRefusedByNameAndSize() {
        CommandFailure refusal = assertThrows(
                CommandFailure.class, () -> MemoryShortage.check("the KV cache takes", 1_000_000_000_000_000L));
        assertTrue(
                String.valueOf(refusal.getMessage()).startsWith("the KV cache takes 1000000.00 GB, more than the "),
                refusal.getMessage());
    }

    @Test
    void whatFitsIsNot() {
        assertDoesNotThrow(() -> MemoryShortage.check("a line takes", 64));
    }
}
