// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Reads items of multiple choice, a JSON object a line: {@code choices}, a list of strings; {@code answer}, the index of
 * the right one; and either {@code context}, which a choice goes on from as it is, or {@code question}, which is asked as
 * {@code Question: … Answer:}. Blank lines and other members are passed over.
 */
public final class ChoiceReader {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final String CONTEXT = "context";
    private static final String QUESTION = "question";

    private final String source;

    private ChoiceReader(String source) {
        this.source = source;
    }

    /**
     * All items of a file, at least one.
     *
     * @throws EvaluationException naming file and line of the first that is malformed, or if there is none
     */
    public static List<ChoiceItem> read(EvaluationText file) throws EvaluationException {
        List<ChoiceItem> items = new ArrayList<>();
        int number = 0;
        for (String line : file.content().lines().toList()) {
            number++;
            if (!line.isBlank()) {
                items.add(new ChoiceReader(file.name() + ":" + number).item(line));
            }
        }
        if (items.isEmpty()) {
            throw new EvaluationException(file.name() + " has no items");
        }
        return items;
    }

    private ChoiceItem item(String line) throws EvaluationException {
        JsonNode item;
        try {
            item = MAPPER.readTree(line);
        } catch (JsonProcessingException malformed) {
            throw new EvaluationException(source + ": not JSON: " + malformed.getOriginalMessage(), malformed);
        }
        if (!item.isObject()) {
            throw fault("expected an object");
        }
        String prompt = prompt(item);
        List<String> choices = choices(item);
        JsonNode answer = item.path("answer");
        if (!answer.isIntegralNumber() || !answer.canConvertToInt()) {
            throw fault("'answer' must be an integer");
        }
        if (answer.intValue() < 0 || answer.intValue() >= choices.size()) {
            throw fault("'answer' is " + answer.intValue() + ", and there are " + choices.size()
                    + " choices, counted from 0");
        }
        return new ChoiceItem(source, prompt, choices, answer.intValue());
    }

    private String prompt(JsonNode item) throws EvaluationException {
        if (item.has(CONTEXT) == item.has(QUESTION)) {
            throw fault("expected either '" + CONTEXT + "' or '" + QUESTION + "'");
        }
        if (item.has(CONTEXT)) {
            return text(item.get(CONTEXT), CONTEXT);
        }
        return "Question: " + text(item.get(QUESTION), QUESTION) + "\nAnswer:";
    }

    private List<String> choices(JsonNode item) throws EvaluationException {
        List<String> choices = new ArrayList<>();
        for (JsonNode choice : item.path("choices")) {
            choices.add(text(choice, "choices[" + choices.size() + "]"));
        }
        if (choices.size() < 2) {
            throw fault("'choices' must be a list of two or more strings");
        }
        if (new HashSet<>(choices).size() < choices.size()) {
            throw fault("two choices are the same");
        }
        return choices;
    }

    private String text(JsonNode node, String name) throws EvaluationException {
        if (!node.isTextual() || node.textValue().isBlank()) {
            throw fault("'" + name + "' must be a string that is not blank");
        }
        return node.textValue();
    }

    private EvaluationException fault(String problem) {
        return new EvaluationException(source + ": " + problem);
    }
}
