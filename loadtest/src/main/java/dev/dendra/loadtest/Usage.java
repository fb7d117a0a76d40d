// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/**
 * The tokens of one request.
 *
 * @param promptTokens 0 where nobody counted them
 * @param cachedTokens those of the prompt that the server took from a cache, 0 where it does not say
 * @param outputTokens what was generated
 * @param byServer whether the server's {@code usage} says so; else the chunks of the stream were counted
 */
record Usage(long promptTokens, long cachedTokens, long outputTokens, boolean byServer) {}
