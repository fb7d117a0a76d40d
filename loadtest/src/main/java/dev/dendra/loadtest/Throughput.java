// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.List;

/** Per second of a window: of tokens those that came in it, of requests those that ended in it. */
record Throughput(double outputTokens, double totalTokens, double requests) {

    static Throughput of(List<Attempt.Completed> completed, SteadyWindow window) {
        double output = 0;
        double prompt = 0;
        long requests = 0;
        for (Attempt.Completed done : completed) {
            if (window.contains(done.ended())) {
                requests++;
            }
            // A prompt counts when it has been read, which its first token shows.
            if (window.contains(done.firstToken())) {
                prompt += done.usage().promptTokens();
            }
            // Chunks may hold several tokens, or none that can be seen, so each stands for an equal share.
            long chunks = Math.max(1, done.chunks().size());
            long inside = done.chunks().isEmpty()
                    ? (window.contains(done.ended()) ? 1 : 0)
                    : done.chunks().stream().filter(window::contains).count();
            output += (double) done.usage().outputTokens() * inside / chunks;
        }
        double seconds = window.seconds();
        return seconds > 0
                ? new Throughput(output / seconds, (output + prompt) / seconds, requests / seconds)
                : new Throughput(Double.NaN, Double.NaN, Double.NaN);
    }

    static Throughput medianOf(List<Throughput> rounds) {
        return new Throughput(
                Medians.of(rounds, Throughput::outputTokens),
                Medians.of(rounds, Throughput::totalTokens),
                Medians.of(rounds, Throughput::requests));
    }
}
