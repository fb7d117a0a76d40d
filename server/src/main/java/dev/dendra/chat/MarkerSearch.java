// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

/** Looks for a marker, character by character, and holds back what may be its beginning. */
final class MarkerSearch {
    private final String marker;
    private final StringBuilder held = new StringBuilder();

    /** Looks for {@code marker}, which is not empty. */
    MarkerSearch(String marker) {
        this.marker = marker;
    }

    /**
     * Takes the next character; what cannot belong to the marker any more is appended to {@code passed}.
     *
     * @return whether the marker is complete; then it is held no longer
     */
    boolean accept(char c, StringBuilder passed) {
        if (held.isEmpty() && c != marker.charAt(0)) {
            passed.append(c);
            return false;
        }
        held.append(c);
        int from = 0;
        while (!marker.startsWith(held.substring(from))) {
            from++;
        }
        passed.append(held, 0, from);
        held.delete(0, from);
        if (held.length() < marker.length()) {
            return false;
        }
        held.setLength(0);
        return true;
    }

    /** Whether something is held back. */
    boolean holds() {
        return !held.isEmpty();
    }

    /** Ends the search: what was held back is appended to {@code passed}. */
    void flush(StringBuilder passed) {
        passed.append(held);
        held.setLength(0);
    }
}
