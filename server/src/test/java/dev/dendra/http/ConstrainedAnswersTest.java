// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.GenerationEvent;
import dev.dendra.engine.TokenConstraint;
import dev.dendra.tokenizer.ByteTokenizer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which constraint the engine gets for what a request says. */
class ConstrainedAnswersTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";

    private RunningServer server = new RunningServer();

    @BeforeEach
    void answerAtOnce() {
        server.engine.script(generation -> generation.finish(GenerationEvent.FinishReason.STOP));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '|',
            value = {
                "'response_format':{'type':'json_object'}; {'a':[1]}; [1]",
                "'response_format':{'type':'json_schema','json_schema':{'name':'n','strict':true,'schema':"
                        + "{'type':'integer'}}}; 12; 1.5",
                "'regex':'[ab]+'; abba; abc",
                "'grammar':'root ::= [0-9]+'; 42; a",
                "'guided_json':{'enum':['x']}; 'x'; 'y'",
                "'guided_regex':'a'; a; b",
                "'guided_grammar':'root ::= [a]'; a; b",
                "'guided_choice':['yes','no']; yes; maybe",
                "'structured_outputs':{'json':{'type':'null'}}; null; true",
                "'structured_outputs':{'choice':['yes','no']}; no; maybe"
            })
    void bothEndpointsConstrainTheirAnswers(String field, String accepted, String refused) throws Exception {
        for (String path : new String[] {CHAT, COMPLETIONS}) {
            TokenConstraint constraint = constraint(path, field);
            if (constraint == null) {
                throw new AssertionError("no constraint for " + field);
            }
            assertTrue(accepts(constraint, accepted.replace('\'', '"')), accepted);
            assertFalse(accepts(constraint, refused.replace('\'', '"')), refused);
        }
    }

    @Test
    void textIsNoConstraint() throws Exception {
        assertNull(constraint(CHAT, "'response_format':{'type':'text'}"));
        assertNull(constraint(CHAT, "'regex':null"));
    }

    @Test
    void theSameSchemaIsCompiledOnce() throws Exception {
        String field = "'guided_json':{'type':'object'}";
        assertSame(constraint(CHAT, field), constraint(CHAT, field));
    }

    private @Nullable TokenConstraint constraint(String path, String field) throws Exception {
        String input = path.equals(CHAT) ? "'messages':[{'role':'user','content':'a'}]" : "'prompt':'a'";
        var response = server.post(path, ("{" + input + "," + field + "}").replace('\'', '"'));
        assertEquals(200, response.statusCode(), response.body());
        return server.engine.next().request().constraint();
    }

    private static boolean accepts(TokenConstraint constraint, String text) {
        TokenConstraint.State state = constraint.start();
        for (int token : ByteTokenizer.tokens(text)) {
            if (!state.allows(token)) {
                return false;
            }
            state = state.next(token);
        }
        return state.mayEnd();
    }
}
