// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/**
 * A whole run as a server would count it: from the actual sending of each request. Times in seconds.
 *
 * @param requests completed
 */
record ClientTotals(
        double requests, double promptTokens, double outputTokens, double meanTtft, double meanItl, double meanE2e) {

    static ClientTotals of(List<Attempt> attempts) {
        double requests = 0;
        double prompt = 0;
        double output = 0;
        double toFirst = 0;
        double toEnd = 0;
        double gaps = 0;
        double decoding = 0;
        for (Attempt attempt : attempts) {
            if (attempt instanceof Attempt.Completed done) {
                requests++;
                prompt += done.usage().promptTokens() - done.usage().cachedTokens();
                output += done.usage().outputTokens();
                toFirst += (done.firstToken() - done.sent()) / 1e9;
                toEnd += (done.ended() - done.sent()) / 1e9;
                gaps += Math.max(0, done.usage().outputTokens() - 1);
                decoding += (done.ended() - done.firstToken()) / 1e9;
            }
        }
        return new ClientTotals(
                requests,
                prompt,
                output,
                toFirst / requests,
                gaps == 0 ? Double.NaN : decoding / gaps,
                toEnd / requests);
    }
}
