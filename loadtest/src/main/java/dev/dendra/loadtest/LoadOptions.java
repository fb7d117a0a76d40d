// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to load. */
final class LoadOptions {

    private static final int DEFAULT_CONCURRENCY = 4;
    private static final int DEFAULT_REQUESTS = 32;
    private static final int MOST_CLIENTS = 100_000;
    private static final int MOST_ROUNDS = 100;
    private static final int MOST_LEVELS = 100;
    private static final Duration DEFAULT_LEVEL = Duration.ofSeconds(30);
    private static final Duration FOREVER = Duration.ofDays(7);

    @Option(
            names = "--concurrency",
            description = "Closed loop of so many clients, each sending when its last request has ended; default 4.")
    private @Nullable Integer concurrency;

    @Option(names = "--rate", description = "Open loop of so many requests a second, whatever the server does.")
    private @Nullable Double rate;

    @Option(
            names = "--stage",
            paramLabel = "DURATION@RATE[..RATE]",
            description = "Open loop in stages, such as --stage 30s@2..10 --stage 60s@10.")
    private List<String> stages = new ArrayList<>();

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = "Open loop with the arrivals and lengths of a file: JSON lines or comma-separated values with"
                    + " arrival_seconds, prompt_tokens, output_tokens.")
    private @Nullable Path trace;

    @Option(
            names = "--sweep",
            paramLabel = "LIST",
            description = "One load after the other: rates, as 1,2,4,8, or concurrency=1,2,4,8.")
    private @Nullable String sweep;

    @Option(
            names = "--find-knee",
            description = "Look for the largest rate at which enough requests meet --slo, beginning at --rate.")
    private boolean findKnee;

    @Option(
            names = "--knee-share",
            defaultValue = "0.95",
            description = "Share of requests that is enough, default ${DEFAULT-VALUE}.")
    private double kneeShare = 0.95;

    @Option(
            names = "--arrivals",
            defaultValue = "poisson",
            description = "In an open loop poisson or constant, default ${DEFAULT-VALUE}.")
    private String arrivals = "poisson";

    @Option(names = "--requests", description = "Requests in all; default 32 where there is no --duration.")
    private @Nullable Integer requests;

    @Option(
            names = "--duration",
            description =
                    "Time in which requests are sent, such as 60s; default for sweeps and --find-knee 30s a load.")
    private @Nullable String duration;

    @Option(
            names = "--warmup",
            defaultValue = "1",
            description = "Requests sent before each run, uncounted, default ${DEFAULT-VALUE}.")
    private int warmup = 1;

    @Option(
            names = "--rounds",
            defaultValue = "1",
            description = "Runs, with seeds of their own; the report has medians.")
    private int rounds = 1;

    @Option(names = "--seed", defaultValue = "1", description = "Of arrivals and prompts, default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--slo",
            paramLabel = "LIMITS",
            description = "Objectives for goodput, such as ttft=2s,tpot=100ms,e2e=30s; itl is a request's longest gap."
                    + " --find-knee has ttft=2s,tpot=100ms by default.")
    private @Nullable String slo;

    int warmup() {
        return between("--warmup", warmup, 0, MOST_CLIENTS);
    }

    int rounds() {
        return between("--rounds", rounds, 1, MOST_ROUNDS);
    }

    long seed() {
        return seed;
    }

    Optional<Slo> slo() {
        return slo != null ? Optional.of(Slo.parse(slo)) : findKnee ? Optional.of(Slo.INTERACTIVE) : Optional.empty();
    }

    /** The requests of the trace, none where there is no trace. */
    List<Trace.Entry> trace() throws IOException {
        return trace == null ? List.of() : Trace.read(trace);
    }

    /** The search for the knee, where it was asked for. */
    Optional<KneeSearch> kneeSearch() {
        return findKnee ? Optional.of(new KneeSearch(kneeShare())) : Optional.empty();
    }

    double kneeShare() {
        if (!(kneeShare > 0 && kneeShare <= 1)) {
            throw new BadInput("--knee-share must be above 0 and at most 1, got " + kneeShare);
        }
        return kneeShare;
    }

    /** Whether the loads are rates of arrivals, among which there may be a knee. */
    boolean isRateSweep() {
        return sweep != null && !sweep.contains("=");
    }

    /** The rate at which to begin looking for the knee. */
    double firstRate() {
        return rate == null ? 1 : rate("--rate", rate);
    }

    /** The load of one rate in a search for the knee. */
    LoadShape atRate(double level) {
        return open(List.of(RateStage.constant(seconds(), level)));
    }

    /** The loads to run, one after the other; one where there is no sweep. */
    List<LoadShape> shapes(List<Trace.Entry> entries) {
        long kinds = Stream.of(concurrency != null, rate != null, !stages.isEmpty(), trace != null, sweep != null)
                .filter(given -> given)
                .count();
        if (kinds > 1) {
            throw new BadInput("--concurrency, --rate, --stage, --trace and --sweep exclude each other");
        }
        if (findKnee && kinds > 0 && rate == null) {
            throw new BadInput("--find-knee goes with --rate or alone");
        }
        process();
        if (findKnee) {
            return List.of(atRate(firstRate()));
        }
        if (sweep != null) {
            return sweep(sweep);
        }
        if (trace != null) {
            if (duration != null) {
                throw new BadInput("--trace has its own duration; --requests ends it earlier");
            }
            return List.of(new LoadShape.Replay(entries, requests(Integer.MAX_VALUE)));
        }
        if (!stages.isEmpty()) {
            if (duration != null) {
                throw new BadInput("--stage has its own durations; --requests ends them earlier");
            }
            return List.of(open(stages.stream().map(RateStage::parse).toList()));
        }
        if (rate != null) {
            return List.of(atRate(rate("--rate", rate)));
        }
        return List.of(closed(concurrency == null ? DEFAULT_CONCURRENCY : concurrency));
    }

    private List<LoadShape> sweep(String list) {
        List<String> items = List.of(list.substring(list.indexOf('=') + 1).split(",", MOST_LEVELS + 1));
        boolean isConcurrency = list.startsWith("concurrency=");
        if (items.size() > MOST_LEVELS || (list.contains("=") && !isConcurrency)) {
            throw new BadInput("--sweep must be up to " + MOST_LEVELS + " rates, or concurrency=1,2,4, got " + list);
        }
        List<LoadShape> shapes = new ArrayList<>();
        for (String item : items) {
            try {
                shapes.add(
                        isConcurrency
                                ? closed(Integer.parseInt(item.strip()))
                                : atRate(rate("--sweep", Double.parseDouble(item.strip()))));
            } catch (NumberFormatException e) {
                throw new BadInput("--sweep: not a number: " + item);
            }
        }
        return shapes;
    }

    private LoadShape closed(int clients) {
        return new LoadShape.Closed(
                between("--concurrency", clients, 1, MOST_CLIENTS),
                requests(duration == null && sweep == null ? DEFAULT_REQUESTS : Integer.MAX_VALUE),
                duration != null
                        ? Durations.parse("--duration", duration)
                        : sweep != null && requests == null ? DEFAULT_LEVEL : FOREVER);
    }

    private LoadShape open(List<RateStage> profile) {
        boolean isEndless = profile.getLast().seconds() == Double.POSITIVE_INFINITY;
        return new LoadShape.Open(profile, process(), requests(isEndless ? DEFAULT_REQUESTS : Integer.MAX_VALUE));
    }

    private double seconds() {
        if (duration != null) {
            return Durations.parse("--duration", duration).toNanos() / 1e9;
        }
        boolean isLevel = (sweep != null || findKnee) && requests == null;
        return isLevel ? DEFAULT_LEVEL.toSeconds() : Double.POSITIVE_INFINITY;
    }

    private int requests(int otherwise) {
        return requests == null ? otherwise : between("--requests", requests, 1, Integer.MAX_VALUE);
    }

    private ArrivalProcess process() {
        return switch (arrivals.toLowerCase(Locale.ROOT)) {
            case "poisson" -> ArrivalProcess.POISSON;
            case "constant" -> ArrivalProcess.CONSTANT;
            default -> throw new BadInput("--arrivals must be poisson or constant, got " + arrivals);
        };
    }

    private static double rate(String option, double value) {
        if (!(value > 0 && value <= RateStage.FASTEST)) {
            throw new BadInput(option + " must be above 0 and at most " + RateStage.FASTEST + ", got " + value);
        }
        return value;
    }

    private static int between(String option, int value, int least, int most) {
        if (value < least || value > most) {
            String range = most == Integer.MAX_VALUE ? "at least " + least : "from " + least + " to " + most;
            throw new BadInput(option + " must be " + range + ", got " + value);
        }
        return value;
    }
}
