// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.util.Locale;

/** Told how far a download is. Calls come from one thread. */
public interface FetchProgress {

    /** Progress that nobody looks at. */
    FetchProgress NONE = new FetchProgress() {
        @Override
        public void started(String what, long totalBytes) {}

        @Override
        public void advanced(long doneBytes) {}

        @Override
        public void finished() {}
    };

    /** How progress on bytes is written. */
    static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    /** Something begins: {@code what} is a phrase for people, {@code totalBytes} its expected size. */
    void started(String what, long totalBytes);

    /** So many bytes are there by now; it may be more than expected. */
    void advanced(long doneBytes);

    /** What began is over, well or not. */
    void finished();
}
