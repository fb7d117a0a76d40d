// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** A way to send requests. */
interface Load {

    /**
     * Sends them all and waits for their answers.
     *
     * @param progress told of each request that ends
     */
    LoadRun run(Client client, Progress progress) throws InterruptedException;

    /** Told of what happens during a load, by many threads. */
    interface Progress {

        /** A request is sent. */
        void sent();

        /** A request has ended. */
        void ended(Attempt attempt);

        /** Told by nobody. */
        Progress NONE = new Progress() {
            @Override
            public void sent() {}

            @Override
            public void ended(Attempt attempt) {}
        };
    }
}
