// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** What a load sends its requests with. */
interface Client {

    /** Does all that can be done before the request is due. */
    Call prepare(Prompt prompt);

    /** A request that is ready to be sent. */
    interface Call {

        /**
         * Sends it and reads the answer to its end.
         *
         * @param start of the load, by the clock of its {@link Pacer}; the attempt's moments count from there
         * @param intended when the load wanted it sent, in nanoseconds since {@code start}
         */
        Attempt send(long start, long intended) throws InterruptedException;
    }
}
