// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import dev.dendra.engine.EngineException;
import dev.dendra.engine.Generation;
import dev.dendra.engine.GenerationEvent;
import dev.dendra.engine.GenerationRequest;
import dev.dendra.engine.GenerationService;
import dev.dendra.engine.SamplingParameters;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Set;

/** Runs generations one at a time and prints each text as it grows. */
final class AnswerPrinter {
    private static final Duration POLL = Duration.ofSeconds(1);

    private final GenerationService service;
    private final Tokenizer tokenizer;
    private final PrintWriter out;

    AnswerPrinter(GenerationService service, Tokenizer tokenizer, PrintWriter out) {
        this.service = service;
        this.tokenizer = tokenizer;
        this.out = out;
    }

    /**
     * Generates after {@code prompt} until the model ends the text.
     *
     * @param detokenizer turns the tokens into text
     * @throws CommandFailure if the engine does not take the prompt or breaks
     */
    Answer print(int[] prompt, int maximumTokens, SamplingParameters sampling, IncrementalDetokenizer detokenizer)
            throws CommandFailure, InterruptedException {
        Set<Integer> stopTokens = tokenizer.endOfGeneration();
        long start = System.nanoTime();
        Generation generation =
                submit(GenerationRequest.plain("terminal", prompt, maximumTokens, sampling, stopTokens));
        StringBuilder text = new StringBuilder();
        int generated = 0;
        long first = start;
        long last = start;
        while (true) {
            switch (generation.poll(POLL)) {
                case null -> {}
                case GenerationEvent.PromptScored scored -> {}
                case GenerationEvent.TokenGenerated(int token, var logprobs) -> {
                    last = System.nanoTime();
                    first = generated == 0 ? last : first;
                    generated++;
                    if (!stopTokens.contains(token)) {
                        show(detokenizer.append(token), text);
                    }
                }
                case GenerationEvent.Finished finished -> {
                    show(detokenizer.finish(), text);
                    return new Answer(
                            text.toString(),
                            prompt.length,
                            generated,
                            Duration.ofNanos(first - start),
                            Duration.ofNanos(last - first));
                }
                case GenerationEvent.Failed(GenerationEvent.FailureKind _, String message) ->
                    throw new CommandFailure(message);
            }
        }
    }

    private Generation submit(GenerationRequest request) throws CommandFailure {
        try {
            return service.submit(request);
        } catch (EngineException refusal) {
            throw new CommandFailure(String.valueOf(refusal.getMessage()), refusal);
        }
    }

    private void show(String piece, StringBuilder text) {
        text.append(piece);
        out.print(piece);
        out.flush();
    }
}
