// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** The latencies of a request, each with its definition. */
enum LatencyKind {
    TTFT("time to first token: from the intended sending of the request to the first chunk with text") {
        @Override
        void record(Attempt.Completed done, LatencyRecorder recorder) {
            recorder.record(done.timeToFirstToken());
        }
    },
    ITL("inter-token latency: every gap between successive chunks with text") {
        @Override
        void record(Attempt.Completed done, LatencyRecorder recorder) {
            for (int i = 1; i < done.chunks().size(); i++) {
                recorder.record(done.chunks().get(i) - done.chunks().get(i - 1));
            }
        }
    },
    TPOT("time per output token, of each request and without the first: (E2E - TTFT) / (output tokens - 1)") {
        @Override
        void record(Attempt.Completed done, LatencyRecorder recorder) {
            if (done.usage().outputTokens() > 1) {
                recorder.record(Math.round(done.timePerOutputToken()));
            }
        }
    },
    E2E("end-to-end: from the intended sending of the request to the end of its stream") {
        @Override
        void record(Attempt.Completed done, LatencyRecorder recorder) {
            recorder.record(done.endToEnd());
        }
    },
    QUEUE("delay in this client: from the intended to the actual sending, part of TTFT and E2E") {
        @Override
        void record(Attempt.Completed done, LatencyRecorder recorder) {
            recorder.record(done.sent() - done.intended());
        }
    };

    private final String definition;

    LatencyKind(String definition) {
        this.definition = definition;
    }

    String definition() {
        return definition;
    }

    abstract void record(Attempt.Completed done, LatencyRecorder recorder);
}
