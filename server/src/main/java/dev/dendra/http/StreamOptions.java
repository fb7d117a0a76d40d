// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

/**
 * Whether and how an answer is streamed.
 *
 * @param stream whether the answer is sent as server-sent events
 * @param includeUsage whether a stream ends with a chunk that carries the usage
 * @param continuousUsage whether every chunk carries the usage so far
 */
record StreamOptions(boolean stream, boolean includeUsage, boolean continuousUsage) {

    /** Reads {@code stream} and {@code stream_options}. */
    static StreamOptions read(RequestReader body) {
        boolean stream = body.flag("stream");
        RequestReader options = body.child("stream_options");
        if (options == null) {
            return new StreamOptions(stream, false, false);
        }
        boolean includeUsage = options.flag("include_usage");
        boolean continuous = options.flag("continuous_usage_stats");
        return new StreamOptions(stream, includeUsage, includeUsage && continuous);
    }
}
