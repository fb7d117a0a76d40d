// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;

/** Asks a server how many tokens a text has. */
interface TokenCounter {

    /**
     * Tokens of {@code text} as a prompt.
     *
     * @throws IOException if the server does not say
     */
    int count(String text) throws IOException, InterruptedException;
}
