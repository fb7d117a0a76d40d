// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.Optional;

/**
 * One run of a load.
 *
 * @param seed of its arrivals and prompts
 * @param server what the server says, where it was asked
 */
record Round(long seed, RunFigures figures, Optional<ServerView> server) {}
