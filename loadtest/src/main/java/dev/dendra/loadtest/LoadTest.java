// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the load generator. */
@Command(
        name = "loadtest",
        sortOptions = false,
        description = {
            "Streams completions from an OpenAI-style server at a fixed concurrency and prints tokens/s and latencies.",
            "The exit code is 1 if a request failed and 2 for a usage error."
        })
public final class LoadTest implements Callable<Integer> {

    @Option(names = "--url", defaultValue = "http://127.0.0.1:8080", description = "Server, default ${DEFAULT-VALUE}.")
    private URI url = URI.create("http://127.0.0.1:8080");

    @Option(names = "--model", description = "Model name, default the first that the server lists.")
    private @Nullable String model;

    @Option(names = "--api-key", description = "Sent as a bearer token.")
    private @Nullable String apiKey;

    @Option(names = "--concurrency", defaultValue = "4", description = "Requests at a time, default ${DEFAULT-VALUE}.")
    private int concurrency;

    @Option(names = "--requests", defaultValue = "32", description = "Requests in all, default ${DEFAULT-VALUE}.")
    private int requests;

    @Option(
            names = "--warmup",
            defaultValue = "1",
            description = "Requests sent first, uncounted, default ${DEFAULT-VALUE}.")
    private int warmup;

    @Option(
            names = "--prompt-tokens",
            defaultValue = "128",
            description = "Prompts of about so many tokens, each different, default ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(names = "--prompt", description = "This prompt for every request; a prefix cache may answer for the model.")
    private @Nullable String prompt;

    @Option(
            names = "--max-tokens",
            defaultValue = "64",
            description = "Output limit of a request, default ${DEFAULT-VALUE}.")
    private int maxTokens;

    @Option(names = "--seed", defaultValue = "1", description = "Of the prompts, default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--timeout",
            defaultValue = "300",
            description = "Seconds to wait for an answer to begin, default ${DEFAULT-VALUE}.")
    private int timeoutSeconds;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

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
        CommandLine command = validated();
        PrintWriter out = command.getOut();
        try (CompletionClient client =
                new CompletionClient(url, Optional.ofNullable(apiKey), Duration.ofSeconds(timeoutSeconds))) {
            String served = model == null ? client.firstModel() : model;
            ClosedLoop loop = new ClosedLoop(client, served, prompts(), maxTokens);
            loop.run(Math.min(concurrency, Math.max(1, warmup)), 0, warmup);
            Report report = new Report(loop.run(concurrency, warmup, warmup + requests));
            out.println(json ? report.json(served, concurrency) : report.text());
            out.flush();
            return report.hasErrors() ? 1 : 0;
        } catch (IOException e) {
            command.getErr().println("loadtest: cannot use " + url + ": " + e);
            return 1;
        }
    }

    private PromptSource prompts() {
        String fixed = prompt;
        return fixed == null ? PromptSource.ofWords(promptTokens, seed) : index -> fixed;
    }

    private CommandLine validated() {
        if (spec == null) {
            throw new IllegalStateException("call() before picocli filled in the options");
        }
        CommandLine command = spec.commandLine();
        require(command, "--concurrency", concurrency, 1);
        require(command, "--requests", requests, 1);
        require(command, "--warmup", warmup, 0);
        require(command, "--prompt-tokens", promptTokens, 1);
        require(command, "--max-tokens", maxTokens, 1);
        require(command, "--timeout", timeoutSeconds, 1);
        boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
        if (!isWeb || url.getHost() == null) {
            throw new ParameterException(command, "--url must be http://host[:port] or https://..., got " + url);
        }
        return command;
    }

    private static void require(CommandLine command, String option, int value, int minimum) {
        if (value < minimum) {
            throw new ParameterException(command, option + " must be at least " + minimum + ", got " + value);
        }
    }
}
