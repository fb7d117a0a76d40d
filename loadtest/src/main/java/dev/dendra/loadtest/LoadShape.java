// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.PrimitiveIterator;

/** A load that can be run again with other seeds. */
sealed interface LoadShape {

    /** Short, for people. */
    String label();

    /** Requests a second or clients; NaN where no one number says it. */
    double level();

    /**
     * The load by which to measure.
     *
     * @param from index of its first prompt, after those that warmed up
     */
    Load load(PromptSource prompts, int from, long seed, Pacer pacer);

    /**
     * A closed loop until {@code requests} have been sent or {@code duration} is over.
     *
     * @param concurrency clients
     */
    record Closed(int concurrency, int requests, Duration duration) implements LoadShape {

        @Override
        public String label() {
            return "closed loop, " + concurrency + (concurrency == 1 ? " client" : " clients");
        }

        @Override
        public double level() {
            return concurrency;
        }

        @Override
        public Load load(PromptSource prompts, int from, long seed, Pacer pacer) {
            int to = (int) Math.min(Integer.MAX_VALUE, (long) from + requests);
            return new ClosedLoop(concurrency, prompts, from, to, duration, pacer);
        }
    }

    /** An open loop through {@code stages}, of at most {@code requests}. */
    record Open(List<RateStage> stages, ArrivalProcess process, int requests) implements LoadShape {

        public Open {
            stages = List.copyOf(stages);
        }

        @Override
        public String label() {
            List<String> rates = new ArrayList<>();
            for (RateStage stage : stages) {
                rates.add(number(stage.from()) + (stage.from() == stage.to() ? "" : ".." + number(stage.to())));
            }
            return "open loop, " + process.name().toLowerCase(Locale.ROOT) + ", " + String.join(" then ", rates)
                    + " requests/s";
        }

        @Override
        public double level() {
            RateStage only = stages.getFirst();
            return stages.size() == 1 && only.from() == only.to() ? only.from() : Double.NaN;
        }

        @Override
        public Load load(PromptSource prompts, int from, long seed, Pacer pacer) {
            return new OpenLoop(() -> arrivals(process.offsets(stages, seed), prompts, from), pacer);
        }

        private Iterator<Arrival> arrivals(PrimitiveIterator.OfLong offsets, PromptSource prompts, int from) {
            return new Iterator<>() {
                private int sent;

                @Override
                public boolean hasNext() {
                    return sent < requests && offsets.hasNext();
                }

                @Override
                public Arrival next() {
                    return new Arrival(offsets.nextLong(), prompts.prompt(from + sent++));
                }
            };
        }

        private static String number(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.3g", value);
        }
    }

    /** An open loop with the arrivals of a trace, of at most {@code requests}. */
    record Replay(List<Trace.Entry> trace, int requests) implements LoadShape {

        public Replay {
            trace = List.copyOf(trace);
        }

        @Override
        public String label() {
            return "open loop, trace of " + Math.min(requests, trace.size()) + " requests";
        }

        @Override
        public double level() {
            return Double.NaN;
        }

        @Override
        public Load load(PromptSource prompts, int from, long seed, Pacer pacer) {
            List<Arrival> arrivals = new ArrayList<>();
            for (int i = 0; i < Math.min(requests, trace.size()); i++) {
                arrivals.add(new Arrival(Math.round(trace.get(i).arrivalSeconds() * 1e9), prompts.prompt(from + i)));
            }
            return new OpenLoop(arrivals, pacer);
        }
    }
}
