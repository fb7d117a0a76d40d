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
import java.util.Objects;
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
    private static final String CLOCK = "{'type':'function','function':{'name':'clock'}}";
    private static final String TOOLS = "'tools':[{'type':'function','function':{'name':'clock','parameters':"
            + "{'type':'object','properties':{'zone':{'type':'string'}}}}},{'type':'function','function':{'name':'weather',"
            + "'strict':true,'parameters':{'properties':{'place':{'type':'string'}},'required':['place']}}}]";

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

    @Test
    void responsesKeepToTheirTextFormat() throws Exception {
        TokenConstraint any = ofResponse("{'type':'json_object'}");
        assertTrue(any != null && accepts(any, "{\"a\": [1]}") && !accepts(any, "[1]"));
        TokenConstraint schema =
                ofResponse("{'type':'json_schema','name':'n','strict':true,'schema':{'type':'integer'}}");
        assertTrue(schema != null && accepts(schema, "12") && !accepts(schema, "1.5"));
        assertNull(ofResponse("{'type':'text'}"));
    }

    private @Nullable TokenConstraint ofResponse(String format) throws Exception {
        var response =
                server.post("/v1/responses", ("{'input':'a','text':{'format':" + format + "}}").replace('\'', '"'));
        assertEquals(200, response.statusCode(), response.body());
        assertEquals(
                RunningServer.json(format.replace('\'', '"')),
                RunningServer.json(response).at("/text/format"));
        return server.engine.next().request().constraint();
    }

    @Test
    void callsThatHaveToComeKeepToTheirSchemas() throws Exception {
        TokenConstraint named = constrained(CHAT, TOOLS + ",'tool_choice':" + CLOCK);
        assertTrue(accepts(named, " {\"zone\": \"utc\"}}"));
        assertTrue(accepts(named, "{}}"), "not required");
        assertFalse(accepts(named, " {\"zone\": 5}}"));
        assertFalse(accepts(named, " {\"zone\": \"utc\"}} and more"));
        TokenConstraint required = constrained(CHAT, TOOLS + ",'tool_choice':'required'");
        String call = "{\"name\": \"weather\", \"arguments\": {\"place\": \"Oslo\"}}\n</tool_call>";
        assertTrue(accepts(required, call));
        assertTrue(accepts(required, call + "\n<tool_call>\n" + call));
        assertFalse(accepts(required, call.replace("Oslo\"", "Oslo\", \"more\": 1")));
        assertFalse(accepts(required, call.replace("weather", "clock")));
        assertFalse(accepts(required, call.replace("weather", "nobody")));
        assertFalse(accepts(required, "No."));
        TokenConstraint one = constrained(CHAT, TOOLS + ",'tool_choice':'required','parallel_tool_calls':false");
        assertFalse(accepts(one, call + "\n<tool_call>\n" + call));
    }

    @Test
    void strictToolsLeaveTheModelFreeButForTheirCalls() throws Exception {
        TokenConstraint free = constrained(CHAT, TOOLS);
        String call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Oslo\"}}\n</tool_call>";
        assertTrue(accepts(free, "It is <b>noon</b>, {\"a\": 1}."));
        assertTrue(accepts(free, ""));
        assertTrue(accepts(free, call));
        assertTrue(accepts(free, "Let me see. " + call + "\n" + call));
        assertTrue(
                accepts(free, "<tool_call>{\"name\": \"clock\", \"arguments\": {\"any\": 1}}</tool_call>"),
                "clock is not strict");
        assertFalse(accepts(free, call.replace("Oslo\"", "Oslo\", \"more\": 1")));
        assertFalse(accepts(free, "<tool_call>weather</tool_call>"));
        assertFalse(accepts(free, "<tool_call>"));
        assertNull(constraint(CHAT, TOOLS.replace("'strict':true", "'strict':false")));
        assertNull(constraint(CHAT, TOOLS + ",'tool_choice':'none'"));
    }

    @Test
    void contentIsConstrainedBesideCalls() throws Exception {
        String format = "'response_format':{'type':'json_schema','json_schema':{'schema':{'type':'integer'}}}";
        String call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"place\": \"Oslo\"}}\n</tool_call>";
        TokenConstraint either = constrained(CHAT, TOOLS + "," + format);
        assertTrue(accepts(either, "12"));
        assertTrue(accepts(either, call));
        assertFalse(accepts(either, "12 " + call));
        assertFalse(accepts(either, "no"));
        TokenConstraint called = constrained(CHAT, TOOLS + "," + format + ",'tool_choice':" + CLOCK);
        assertTrue(accepts(called, " {\"zone\": \"utc\"}}"));
        assertFalse(accepts(called, "12"));
    }

    @Test
    void reasoningComesBeforeWhatIsConstrained() throws Exception {
        String field = "'regex':'[0-9]+','chat_template_kwargs':{'enable_thinking':";
        TokenConstraint mayThink = constrained(CHAT, field + "false}");
        assertTrue(accepts(mayThink, "12"));
        assertTrue(accepts(mayThink, "<think>\nWell, <b>twelve</b>.\n</think>\n\n12"));
        assertFalse(accepts(mayThink, "<think>\nWell.\n</think>\n\ntwelve"));
        assertFalse(accepts(mayThink, "Well. 12"));
        TokenConstraint thinks = constrained(CHAT, field + "true}");
        assertTrue(accepts(thinks, "Well.\n</think>\n\n12"));
        assertFalse(accepts(thinks, "12"));
    }

    @Test
    void marksThatAreControlTokensMayCome() throws Exception {
        // The tokenizer's only mark, a control token: "<s>".
        TokenConstraint.State free = constrained(CHAT, TOOLS).start();
        assertTrue(free.allows(ByteTokenizer.START));
        assertFalse(free.allows(ByteTokenizer.END));
        TokenConstraint.State text = constrained(COMPLETIONS, "'regex':'.*'").start();
        assertFalse(text.allows(ByteTokenizer.START));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '|',
            value = {
                "'regex':'a','ignore_eos':true; ignore_eos",
                "'tools':[{'type':'function','function':{'name':'a','strict':true}}],'ignore_eos':true; ignore_eos",
                "'tools':[{'type':'function','function':{'name':'a'}},{'type':'function','function':{'name':'b',"
                        + "'strict':true,'parameters':{'type':'object','patternProperties':{'a':{}}}}}];"
                        + " tools[1].function.parameters",
                "'tools':[{'type':'function','function':{'name':'a','parameters':{'type':'object','properties':5}}}],"
                        + "'tool_choice':'required'; tools[0].function.parameters"
            })
    void whatCannotBeKeptToIsRefused(String field, String param) throws Exception {
        String source = field.replace('\'', '"');
        var response = server.post(CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]," + source + "}");
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(param, RunningServer.json(response).at("/error/param").textValue(), response.body());
    }

    @Test
    void argumentsOfToolsThatAreNotStrictAreAnyObjectWhereTheirSchemaCannotBeKeptTo() throws Exception {
        TokenConstraint any = constrained(
                CHAT,
                "'tools':[{'type':'function','function':{'name':'a','parameters':{'type':'object',"
                        + "'patternProperties':{'a':{}}}}}],'tool_choice':{'type':'function','function':{'name':'a'}}");
        assertTrue(accepts(any, " {\"b\": 1}}"));
        assertFalse(accepts(any, " [1]}"));
    }

    @Test
    void aConstraintThatBecomesTooAmbiguousIsAnErrorOfItsField() throws Exception {
        server.engine.script(generation -> generation.say("ab").exceed("it is too ambiguous"));
        String body = "{\"prompt\":\"a\",\"grammar\":\"root ::= [a-z]*\"";
        var response = server.post(COMPLETIONS, body + "}");
        assertEquals(400, response.statusCode());
        assertEquals(
                "constraint_too_ambiguous",
                RunningServer.json(response).at("/error/code").textValue());
        assertEquals("grammar", RunningServer.json(response).at("/error/param").textValue());
        assertTrue(RunningServer.json(response).at("/error/message").textValue().contains("too ambiguous"));
        String stream = server.post(COMPLETIONS, body + ",\"stream\":true}").body();
        assertTrue(stream.contains("event: error\n") && stream.contains("constraint_too_ambiguous"), stream);
        assertTrue(stream.endsWith("data: [DONE]\n\n"), stream);
    }

    private TokenConstraint constrained(String path, String field) throws Exception {
        return Objects.requireNonNull(constraint(path, field), field);
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
