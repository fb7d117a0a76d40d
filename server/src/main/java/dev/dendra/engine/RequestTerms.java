// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * Who asks for a generation, and how urgently.
 *
 * @param tenant whose request it is, such as the name of an API key: the engine is shared out fairly between tenants,
 *     and none reuses another's prefixes
 * @param cacheSalt sets prefixes apart within a tenant; those with equal salts may share
 * @param priority of two requests of a tenant the one with the lower value comes first; 0 is usual
 * @param deadline time from arrival after which the request ends unfinished; empty for none
 * @param speculation whether the engine may verify guessed tokens ahead of time; the answer is drawn from the same
 *     distribution either way
 */
public record RequestTerms(
        String tenant, String cacheSalt, int priority, Optional<Duration> deadline, boolean speculation) {

    /** Nobody in particular, in no hurry. */
    public static final RequestTerms ANONYMOUS = new RequestTerms("", "", 0, Optional.empty(), true);
}
