// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Prompts that were given, in an order that the seed decides, and over again when there are more requests. */
final class FilePrompts implements PromptFactory {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST = 1_000_000;

    private final List<Prompt> prompts;
    private final String description;

    FilePrompts(List<Prompt> prompts, String description) {
        this.prompts = List.copyOf(prompts);
        this.description = description;
    }

    /**
     * Reads JSON lines with {@code prompt} or {@code messages} and perhaps {@code max_tokens}.
     *
     * @param defaultOutput of lines without {@code max_tokens}
     * @throws BadInput naming the line that is wrong
     * @throws IOException if the file cannot be read
     */
    static FilePrompts read(Path file, int defaultOutput, Endpoint endpoint) throws IOException {
        List<Prompt> prompts = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    prompts.add(
                            checked(prompt(line, file + ":" + number, defaultOutput), file + ":" + number, endpoint));
                }
                if (prompts.size() > MOST) {
                    throw new BadInput(file + ":" + number + ": more than " + MOST + " prompts");
                }
            }
        }
        if (prompts.isEmpty()) {
            throw new BadInput(file + ": no prompts");
        }
        return new FilePrompts(prompts, prompts.size() + " prompts of " + file);
    }

    @Override
    public PromptSource prompts(long seed) {
        List<Prompt> shuffled = new ArrayList<>(prompts);
        Collections.shuffle(shuffled, new Random(seed));
        return index -> shuffled.get(index % shuffled.size());
    }

    @Override
    public String describe() {
        return description;
    }

    private static Prompt checked(Prompt prompt, String place, Endpoint endpoint) {
        if (!endpoint.accepts(prompt.content())) {
            throw new BadInput(place + ": \"messages\" need --endpoint chat");
        }
        return prompt;
    }

    private static Prompt prompt(String line, String place, int defaultOutput) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new BadInput(place + ": not JSON: " + e.getOriginalMessage());
        }
        boolean hasText = json.path("prompt").isTextual();
        boolean hasMessages =
                json.path("messages").isArray() && !json.path("messages").isEmpty();
        if (hasText == hasMessages) {
            throw new BadInput(place + ": needs either a text \"prompt\" or a list of \"messages\"");
        }
        JsonNode limit = json.path("max_tokens");
        if (!limit.isMissingNode() && !(limit.canConvertToInt() && limit.isInt() && limit.asInt() >= 1)) {
            throw new BadInput(place + ": max_tokens must be a whole number from 1 on");
        }
        return new Prompt(
                hasText ? json.get("prompt") : json.get("messages"),
                limit.isMissingNode() ? defaultOutput : limit.asInt());
    }
}
