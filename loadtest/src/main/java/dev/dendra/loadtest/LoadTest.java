// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the load generator. */
@Command(
        name = "loadtest",
        sortOptions = false,
        description = {
            "Streams completions from an OpenAI-style server, at a fixed concurrency or at given times, and reports"
                    + " throughput, latencies and goodput.",
            "The exit code is 1 if a request failed or there is no knee, 2 for a usage error and 3 for a result that does"
                    + " not stand for the load that was asked for."
        })
public final class LoadTest implements Callable<Integer> {

    @Mixin
    private final ServerOptions server = new ServerOptions();

    @Mixin
    private final LoadOptions load = new LoadOptions();

    @Mixin
    private final PromptOptions prompt = new PromptOptions();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON; - prints them alone.")
    private @Nullable Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with tables and plots.")
    private @Nullable Path html;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    private LoadTest() {}

    /** Runs the load test and exits. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new LoadTest());
    }

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("call() before picocli filled in the options");
        }
        CommandLine command = spec.commandLine();
        try {
            ReportFiles files = new ReportFiles(Optional.ofNullable(json), Optional.ofNullable(html));
            Findings findings = findings(command.getErr());
            files.write(findings, command.getOut());
            return findings.exitCode();
        } catch (BadInput e) {
            throw new ParameterException(command, String.valueOf(e.getMessage()), e);
        } catch (FileSystemException e) {
            command.getErr()
                    .println("loadtest: cannot use the file " + e.getMessage() + ": "
                            + e.getClass().getSimpleName());
            return 1;
        } catch (IOException e) {
            command.getErr().println("loadtest: cannot use " + server.url() + ": " + e);
            return 1;
        }
    }

    private Findings findings(PrintWriter terminal) throws IOException, InterruptedException {
        List<Trace.Entry> trace = load.trace();
        List<LoadShape> shapes = load.shapes(trace);
        Optional<Slo> slo = load.slo();
        int rounds = load.rounds();
        double kneeShare = load.kneeShare();
        Pacer pacer = Pacer.system();
        try (ApiConnection api = new ApiConnection(server.url(), server.apiKey(), server.timeout())) {
            String model = server.model().isPresent() ? server.model().get() : api.firstModel();
            RequestTemplate template = new RequestTemplate(server.endpoint(), model, prompt.ignoreEos(), server.body());
            PromptFactory prompts = prompt.factory(trace, load.warmup(), server.endpoint(), api.tokenCounter(model));
            try (CompletionClient client = new CompletionClient(api, template, server.timeout(), pacer::now)) {
                Experiment experiment = new Experiment(
                        client,
                        prompts,
                        pacer,
                        load.warmup(),
                        load.seed(),
                        slo,
                        server.metricsUrl().map(url -> new MetricsScraper(api.http(), url)),
                        progress(terminal, pacer));
                Optional<KneeSearch.Result> knee = Optional.empty();
                List<LevelResult> levels;
                if (load.kneeSearch().isPresent()) {
                    knee = Optional.of(load.kneeSearch()
                            .get()
                            .search(
                                    load.firstRate(),
                                    rate -> experiment
                                            .run(List.of(load.atRate(rate)), rounds)
                                            .getFirst()));
                    levels = knee.get().levels();
                } else {
                    levels = experiment.run(shapes, rounds);
                    if (load.isRateSweep() && slo.isPresent()) {
                        knee = Optional.of(new KneeSearch(kneeShare).among(levels));
                    }
                }
                return new Findings(facts(template, prompts), levels, slo, knee, kneeShare);
            } finally {
                if (hasTerminal()) {
                    ProgressLine.clear(terminal);
                }
            }
        }
    }

    private List<Findings.Fact> facts(RequestTemplate template, PromptFactory prompts) {
        List<Findings.Fact> facts = new ArrayList<>();
        facts.add(new Findings.Fact(
                "server", server.url() + ", " + template.endpoint().path()));
        facts.add(new Findings.Fact("model", template.model()));
        facts.add(new Findings.Fact("prompts", prompts.describe()));
        facts.add(new Findings.Fact(
                "requests",
                "temperature 0" + (template.ignoreEos() ? ", ignore_eos" : "")
                        + (template.extra().isEmpty() ? "" : ", " + template.extra())));
        facts.add(new Findings.Fact(
                "runs",
                load.rounds() + " with seed " + load.seed() + ", " + load.warmup()
                        + " requests to warm up before each"));
        return facts;
    }

    private static BiFunction<String, Integer, Load.Progress> progress(PrintWriter terminal, Pacer pacer) {
        return hasTerminal()
                ? (label, round) -> new ProgressLine(terminal, label + ", round " + round, pacer)
                : (label, round) -> Load.Progress.NONE;
    }

    private static boolean hasTerminal() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
}
