// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.ArrayList;
import java.util.List;

/**
 * How a run went in time.
 *
 * @param stepSeconds length of each slice
 */
record Timeline(double stepSeconds, List<Slice> slices) {

    private static final int MOST_SLICES = 240;

    Timeline {
        slices = List.copyOf(slices);
    }

    /**
     * A part of the run.
     *
     * @param second at which it begins
     * @param outputTokens a second, in chunks with text
     * @param inFlight requests that were intended but had not ended, on average
     * @param ttft median in milliseconds of the requests that were due in it, NaN without any
     * @param itl median gap in milliseconds that ended in it, NaN without any
     * @param longestItl the longest such gap
     */
    record Slice(double second, double outputTokens, double inFlight, double ttft, double itl, double longestItl) {}

    static Timeline of(LoadRun run) {
        double wall = run.wall() / 1e9;
        double step = step(wall);
        List<SliceRecorder> recorders = new ArrayList<>();
        for (int i = 0; i <= (int) (wall / step); i++) {
            recorders.add(new SliceRecorder());
        }
        long stepNanoseconds = Math.round(step * 1e9);
        for (Attempt attempt : run.attempts()) {
            addInFlight(recorders, attempt, stepNanoseconds);
            if (attempt instanceof Attempt.Completed done) {
                at(recorders, done.intended(), stepNanoseconds).timeToFirst.record(done.timeToFirstToken());
                addChunks(recorders, done, stepNanoseconds);
            }
        }
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < recorders.size(); i++) {
            slices.add(recorders.get(i).slice(i * step, step));
        }
        return new Timeline(step, slices);
    }

    /** A tenth of a second or the shortest of 0.1, 0.2, 0.5, 1, 2, 5, … that gives few enough slices. */
    private static double step(double wall) {
        for (double decade = 0.1; ; decade *= 10) {
            for (int factor : new int[] {1, 2, 5}) {
                if (wall / (decade * factor) <= MOST_SLICES) {
                    return decade * factor;
                }
            }
        }
    }

    private static SliceRecorder at(List<SliceRecorder> recorders, long moment, long step) {
        return recorders.get((int) Math.min(recorders.size() - 1, moment / step));
    }

    private static void addChunks(List<SliceRecorder> recorders, Attempt.Completed done, long step) {
        double tokensPerChunk =
                (double) done.usage().outputTokens() / Math.max(1, done.chunks().size());
        for (int i = 0; i < done.chunks().size(); i++) {
            SliceRecorder recorder = at(recorders, done.chunks().get(i), step);
            recorder.tokens += tokensPerChunk;
            if (i > 0) {
                recorder.gaps.record(done.chunks().get(i) - done.chunks().get(i - 1));
            }
        }
    }

    private static void addInFlight(List<SliceRecorder> recorders, Attempt attempt, long step) {
        int last = (int) Math.min(recorders.size() - 1, attempt.ended() / step);
        for (int i = (int) (attempt.intended() / step); i <= last; i++) {
            long from = Math.max(attempt.intended(), i * step);
            long to = Math.min(attempt.ended(), (i + 1) * step);
            recorders.get(i).busy += Math.max(0, to - from);
        }
    }

    private static final class SliceRecorder {

        private final LatencyRecorder timeToFirst = new LatencyRecorder();
        private final LatencyRecorder gaps = new LatencyRecorder();
        private double tokens;
        private double busy;

        Slice slice(double second, double step) {
            return new Slice(
                    second,
                    tokens / step,
                    busy / 1e9 / step,
                    timeToFirst.percentile(50),
                    gaps.percentile(50),
                    gaps.percentile(100));
        }
    }
}
