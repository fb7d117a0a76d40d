// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import dev.dendra.engine.RequestTerms;
import java.util.OptionalInt;

/**
 * Who sent the request that the current thread handles.
 *
 * @param name the key's; empty where no keys are asked for
 * @param priorityMinimum most urgent priority that its requests may have; empty for any
 */
record Caller(String name, OptionalInt priorityMinimum) {
    /** Nobody in particular. */
    static final Caller ANONYMOUS = new Caller("", OptionalInt.empty());

    private static final ScopedValue<Caller> CURRENT = ScopedValue.newInstance();

    /** The caller of the current thread's request. */
    static Caller current() {
        return CURRENT.orElse(ANONYMOUS);
    }

    /** Runs {@code handling} of a request of this caller. */
    void run(Runnable handling) {
        ScopedValue.where(CURRENT, this).run(handling);
    }

    /** {@code asked}, as this caller may have it: in its own name, and not more urgent than its key allows. */
    RequestTerms terms(RequestTerms asked) {
        return new RequestTerms(
                name,
                asked.cacheSalt(),
                Math.max(asked.priority(), priorityMinimum.orElse(asked.priority())),
                asked.deadline(),
                asked.speculation());
    }
}
