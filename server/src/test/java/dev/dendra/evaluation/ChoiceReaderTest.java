// SPDX-License-Identifier: Apache-2.0
package dev.dendra.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of multiple choice, good and bad. */
class ChoiceReaderTest {
    private static final String GOOD = "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 1}";

    private static List<ChoiceItem> read(String content) throws EvaluationException {
        return ChoiceReader.read(new EvaluationText("items.jsonl", content));
    }

    @Test
    void contextsAreTakenAsTheyAreAndQuestionsAreAsked() throws EvaluationException {
        List<ChoiceItem> items = read(GOOD
                + "\n\n{\"question\": \"Why?\", \"choices\": [\"So\", \"No\", \"Yes\"], \"answer\": 0, \"x\": 1}\n");
        assertEquals(
                List.of(
                        new ChoiceItem("items.jsonl:1", "a", List.of("b", "c"), 1),
                        new ChoiceItem("items.jsonl:3", "Question: Why?\nAnswer:", List.of("So", "No", "Yes"), 0)),
                items);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "nonsense | not JSON",
                "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 1} {} | not JSON",
                "[1, 2] | expected an object",
                "{\"choices\": [\"b\", \"c\"], \"answer\": 1} | either 'context' or 'question'",
                "{\"context\": \"a\", \"question\": \"b\", \"choices\": [\"b\", \"c\"], \"answer\": 1} | either 'context' or",
                "{\"context\": \" \", \"choices\": [\"b\", \"c\"], \"answer\": 1} | 'context' must be a string",
                "{\"context\": \"a\", \"choices\": [\"b\"], \"answer\": 0} | 'choices' must be a list of two",
                "{\"context\": \"a\", \"choices\": \"bc\", \"answer\": 0} | 'choices' must be a list of two",
                "{\"context\": \"a\", \"choices\": [\"b\", 3], \"answer\": 0} | 'choices[1]' must be a string",
                "{\"context\": \"a\", \"choices\": [\"b\", \"b\"], \"answer\": 0} | two choices are the same",
                "{\"context\": \"a\", \"choices\": [\"b\", \"c\"]} | 'answer' must be an integer",
                "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 0.5} | 'answer' must be an integer",
                "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 2} | 'answer' is 2, and there are 2 choices",
                "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": -1} | 'answer' is -1",
            })
    void aMalformedLineIsNamed(String line, String problem) {
        EvaluationException failure = assertThrows(EvaluationException.class, () -> read(GOOD + "\n" + line + "\n"));
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.startsWith("items.jsonl:2: "), message);
        assertTrue(message.contains(problem), message);
    }

    @Test
    void aFileWithoutItemsIsRefused() {
        EvaluationException failure = assertThrows(EvaluationException.class, () -> read("\n \n"));
        assertEquals("items.jsonl has no items", failure.getMessage());
    }
}
