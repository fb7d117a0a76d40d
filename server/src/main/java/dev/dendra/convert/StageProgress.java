// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert;

/** Told how far a long piece of work is. Calls come from one thread. */
public interface StageProgress {

    /** Progress that nobody looks at. */
    StageProgress NONE = new StageProgress() {
        @Override
        public void started(String what, long total) {}

        @Override
        public void advanced(long done) {}

        @Override
        public void finished() {}
    };

    /** A stage begins: {@code what} is a phrase for people, {@code total} its size in whatever units of about equal time. */
    void started(String what, long total);

    /** So many units are done by now. */
    void advanced(long done);

    /** What began is over, well or not. */
    void finished();
}
