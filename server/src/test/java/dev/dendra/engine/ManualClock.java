// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Time that passes when a test says so. */
final class ManualClock implements LongSupplier {
    private long nanos = 5;

    @Override
    public long getAsLong() {
        return nanos;
    }

    void pass(Duration duration) {
        nanos += duration.toNanos();
    }
}
