// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Runs loads, one after the other, and measures them. */
final class Experiment {

    private static final int SCRAPES = 10;
    private static final Duration BETWEEN_SCRAPES = Duration.ofMillis(100);

    private final Client client;
    private final PromptFactory prompts;
    private final Pacer pacer;
    private final int warmup;
    private final long seed;
    private final Optional<Slo> slo;
    private final Optional<MetricsScraper> metrics;
    private final BiFunction<String, Integer, Load.Progress> progress;

    /**
     * @param warmup requests before each run, which are not counted
     * @param seed of which each run's is derived
     * @param progress makes the listener of a run from the load's label and the round
     */
    Experiment(
            Client client,
            PromptFactory prompts,
            Pacer pacer,
            int warmup,
            long seed,
            Optional<Slo> slo,
            Optional<MetricsScraper> metrics,
            BiFunction<String, Integer, Load.Progress> progress) {
        this.client = client;
        this.prompts = prompts;
        this.pacer = pacer;
        this.warmup = warmup;
        this.seed = seed;
        this.slo = slo;
        this.metrics = metrics;
        this.progress = progress;
    }

    /** Runs each load {@code rounds} times, in turns, so that what changes with time changes for all alike. */
    List<LevelResult> run(List<? extends LoadShape> shapes, int rounds) throws InterruptedException {
        List<List<Round>> results = new ArrayList<>();
        shapes.forEach(shape -> results.add(new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            for (int i = 0; i < shapes.size(); i++) {
                results.get(i).add(round(shapes.get(i), round));
            }
        }
        List<LevelResult> levels = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            levels.add(new LevelResult(shapes.get(i), results.get(i)));
        }
        return levels;
    }

    private Round round(LoadShape shape, int round) throws InterruptedException {
        // The same requests for every load of a round would be answered by the prefix cache of the one before.
        long own = Seeds.derived(Seeds.derived(seed, round), Double.doubleToLongBits(shape.level()));
        PromptSource source = prompts.prompts(own);
        if (warmup > 0) {
            int clients = shape instanceof LoadShape.Closed closed ? Math.min(closed.concurrency(), warmup) : 1;
            new ClosedLoop(clients, source, 0, warmup, Duration.ofDays(7), pacer).run(client, Load.Progress.NONE);
        }
        Load load = shape.load(source, warmup, own, pacer);
        if (metrics.isEmpty()) {
            LoadRun run = load.run(client, progress.apply(shape.label(), round));
            return new Round(own, RunFigures.of(run, slo), Optional.empty());
        }
        Optional<ServerMetrics> before = Optional.empty();
        String problem = "";
        try {
            before = Optional.of(metrics.get().scrape());
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        }
        LoadRun run = load.run(client, progress.apply(shape.label(), round));
        ServerView view = before.isPresent() ? view(metrics.get(), before.get(), run) : ServerView.unavailable(problem);
        return new Round(own, RunFigures.of(run, slo), Optional.of(view));
    }

    /** A server may count a request only after its client has read its end, so some time is given to it. */
    private ServerView view(MetricsScraper scraper, ServerMetrics before, LoadRun run) throws InterruptedException {
        ServerView view = ServerView.unavailable("not asked");
        for (int i = 0; i < SCRAPES; i++) {
            try {
                view = ServerView.of(before, scraper.scrape(), run.attempts());
            } catch (IOException e) {
                return ServerView.unavailable(String.valueOf(e.getMessage()));
            }
            if (view.rows().stream().noneMatch(row -> row.client() > row.server() && row.isCount())) {
                return view;
            }
            pacer.awaitUntil(pacer.now() + BETWEEN_SCRAPES.toNanos());
        }
        return view;
    }
}
