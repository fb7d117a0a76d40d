// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What server and client say of the same run.
 *
 * @param rows the figures that both have
 * @param problem why there are none, if so
 */
record ServerView(List<Row> rows, Optional<String> problem) {

    /** Further apart than this is worth a word. */
    static final double TOLERANCE = 0.05;

    ServerView {
        rows = List.copyOf(rows);
    }

    /**
     * One figure.
     *
     * @param isCount whether it is a count, which can be behind but not ahead of its time; else a mean
     * @param hint what may be behind a difference of this figure
     */
    record Row(String name, double client, double server, boolean isCount, String hint) {

        /** By how much the server's value is larger, as a share of the client's. */
        double difference() {
            return client == 0 ? (server == 0 ? 0 : Double.POSITIVE_INFINITY) : server / client - 1;
        }

        boolean disagrees() {
            return Math.abs(difference()) > TOLERANCE;
        }
    }

    static ServerView unavailable(String why) {
        return new ServerView(List.of(), Optional.of(why));
    }

    /** Compares a run with the change of the server's metrics from before to after it. */
    static ServerView of(ServerMetrics before, ServerMetrics after, List<Attempt> attempts) {
        ClientTotals client = ClientTotals.of(attempts);
        List<Row> rows = new ArrayList<>();
        for (ServerFigure figure : ServerFigure.ALL) {
            OptionalDouble server = figure.server(before, after);
            double own = figure.client(client);
            if (server.isPresent() && !Double.isNaN(own)) {
                rows.add(new Row(figure.title(), own, server.getAsDouble(), figure.isCount(), figure.hint()));
            }
        }
        return rows.isEmpty()
                ? unavailable("none of the known names of Dendra, vLLM and llama.cpp is on that page")
                : new ServerView(rows, Optional.empty());
    }
}
