// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.chat.ToolCallFormat;
import dev.dendra.http.HttpServerOptions;
import dev.dendra.http.PublicAccess;
import dev.dendra.metrics.ServerMetrics;
import dev.dendra.model.Activations;
import dev.dendra.tracing.RequestTracer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serve}: the HTTP server. */
@Command(
        name = "serve",
        description = {
            "Serve one or more models over an OpenAI-style HTTP API.",
            "On SIGTERM or Ctrl-C it takes no more requests, finishes those under way and exits with 0."
        })
final class ServeCommand implements Callable<Integer> {
    private static final int MAXIMUM_BODY_BYTES = HttpServerOptions.defaults().maximumBodyBytes();
    /** For the last bytes of answers that the engine has finished. */
    private static final Duration WRITE_OUT = Duration.ofSeconds(5);

    private static final System.Logger LOG = System.getLogger(ServeCommand.class.getName());

    private final Console console;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            defaultValue = "8080",
            converter = IntegerConverter.Port.class,
            description = "Port of the API; 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--admin-host",
            defaultValue = "127.0.0.1",
            description = "Address for metrics and health (default: ${DEFAULT-VALUE}).")
    private String adminHost = "127.0.0.1";

    @Option(
            names = "--admin-port",
            defaultValue = "9090",
            converter = IntegerConverter.Port.class,
            description = "Port of metrics and health; 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int adminPort;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "256",
            converter = IntegerConverter.Positive.class,
            description = "Most requests that wait; more are answered 429 (default: ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--max-sequences",
            paramLabel = "N",
            defaultValue = "32",
            converter = IntegerConverter.Positive.class,
            description = "Most requests computed at once (default: ${DEFAULT-VALUE}).")
    private int maximumSequences;

    @Option(
            names = "--prefill-chunk",
            paramLabel = "N",
            defaultValue = "0",
            converter = IntegerConverter.NotNegative.class,
            description = "Most prompt tokens computed in a step in which others decode; more make prompts faster and"
                    + " running streams slower; 0 measures what streams can bear (default: ${DEFAULT-VALUE}).")
    private int prefillChunk;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            defaultValue = "30",
            converter = IntegerConverter.NotNegative.class,
            description = "How long answers under way may take at shutdown (default: ${DEFAULT-VALUE}).")
    private int graceSeconds;

    @Option(
            names = "--deterministic",
            description =
                    "Compute each row alike whatever the size of its step, so that an answer is the same bit by bit"
                            + " alone and in company. Changes something on AMX only, where prompts then take longer; doctor"
                            + " says what it does here.")
    private boolean deterministic;

    @Option(
            names = "--accept-quality-loss",
            description = "Serve a sparse model even if its perplexity is more than 1.5 times that of its source.")
    private boolean acceptsQualityLoss;

    @Option(
            names = "--tool-format",
            paramLabel = "NAME",
            converter = ToolFormatConverter.class,
            description = "How the model writes calls of tools: hermes, llama3, mistral, json or none "
                    + "(default: what its chat template shows).")
    private @Nullable ToolCallFormat toolFormat;

    @Mixin
    private final ServedModelArguments modelArguments = new ServedModelArguments();

    @Mixin
    private final KernelArguments kernels = new KernelArguments();

    @Mixin
    private final ComputeArguments compute = new ComputeArguments();

    @Mixin
    private final ContextArguments contextLimit = new ContextArguments();

    @Mixin
    private final KvCacheArguments kvMemory = new KvCacheArguments();

    @Mixin
    private final AccessArguments accessArguments = new AccessArguments();

    @Mixin
    private final TraceArguments traces = new TraceArguments();

    @Mixin
    private final EnergyArguments energyArguments = new EnergyArguments();

    @Mixin
    private final StallArguments stall = new StallArguments();

    @Mixin
    private final MetricsArguments metricsArguments = new MetricsArguments();

    ServeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        HttpServerOptions options = httpOptions();
        Optional<RequestTracer> tracer = traces.tracer();
        PublicAccess access = accessArguments.read(tracer);
        ListenAddresses.requireFree(options);
        if (accessArguments.logFormat() == LogFormat.JSON) {
            LoggingSetup.useJson();
        }
        ComputeChoice usual = compute.choice(contextLimit.tokens());
        ServerMetrics metrics = metricsArguments.metrics();
        MemoryGauges.ofThisProcess().show(metrics);
        InferenceServer server = InferenceServer.open(openModels(), options, access, metrics);
        EnergyMetering energy = energyArguments.metering();
        server.measure(energy);
        Thread shutdown = new Thread(() -> stopAndExit(server, tracer), "dendra-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdown);
        try {
            server.load(
                    kernels.choice(),
                    deterministic ? usual.deterministic() : usual,
                    config -> kvMemory.options(config, compute.kvType(), maximumSequences, contextLimit.tokens()),
                    new EngineLimits(queue, maximumSequences, prefillChunk, stall.limit()));
            server.exitWhenStalled(stall.limit(), stall.patience());
            logDeterminism(server, usual);
        } catch (CommandFailure | IOException | RuntimeException | Error failure) {
            // The hook would make a success of it.
            Runtime.getRuntime().removeShutdownHook(shutdown);
            server.stop(Duration.ZERO);
            throw failure;
        }
        console.out()
                .print(Banner.text(
                        server.instances(),
                        energy.describe(),
                        url(access.tls().isPresent() ? "https" : "http", host, server.port()),
                        url("http", adminHost, server.adminPort())));
        console.out().flush();
        // Nothing but the shutdown hook ends a server.
        new CountDownLatch(1).await();
        return 0;
    }

    private List<NamedModel> openModels() throws CommandFailure, IOException, InterruptedException {
        List<NamedModel> models = new ArrayList<>();
        for (ModelOption option : modelArguments.models()) {
            OpenedModel opened = new ModelOpener(console).open(option.where(), modelArguments.cache());
            SparsityReport.requireAccepted(opened.source(), acceptsQualityLoss);
            models.add(new NamedModel(option.alias().orElse(opened.name()), opened, Optional.ofNullable(toolFormat)));
        }
        ServedModelArguments.requireDistinct(models);
        return models;
    }

    private void logDeterminism(InferenceServer server, ComputeChoice usual) {
        LoadedModel first = server.instances().getFirst().loaded();
        if (deterministic && first != null) {
            Activations without = usual.activations().apply(first.kernels());
            LOG.log(System.Logger.Level.INFO, () -> "--deterministic: " + Determinism.describe(without));
        }
    }

    private HttpServerOptions httpOptions() {
        HttpServerOptions defaults = HttpServerOptions.defaults();
        return new HttpServerOptions(
                host,
                port,
                adminHost,
                adminPort,
                MAXIMUM_BODY_BYTES,
                defaults.pingInterval(),
                defaults.clientTimeout(),
                WRITE_OUT);
    }

    /** Runs when the JVM was told to end. */
    private void stopAndExit(InferenceServer server, Optional<RequestTracer> tracer) {
        console.err().println("dendra: stopping; answers under way have " + graceSeconds + " s to finish");
        try {
            boolean finished = server.stop(Duration.ofSeconds(graceSeconds));
            tracer.ifPresent(RequestTracer::close);
            console.err().println(finished ? "dendra: stopped" : "dendra: stopped; answers were broken off");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // The JVM would report the signal; a server that was asked to stop and did has succeeded.
            Runtime.getRuntime().halt(0);
        }
    }

    private static String url(String scheme, String host, int port) {
        return scheme + "://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
