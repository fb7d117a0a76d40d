// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.chat.ChatTurn;
import dev.dendra.tokenizer.IncrementalDetokenizer;
import dev.dendra.tokenizer.Tokenizer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** {@code POST /tokenize}, {@code POST /detokenize} and {@code GET /tokenizer_info}, in the shapes of vLLM. */
final class TokenizerRoutes {
    /** Longest text that may be the spelling of a control token. */
    private static final int LONGEST_SPELLING = 128;

    private final ServedModels models;
    private final BodyReader bodies;
    private final JsonResponder json;

    TokenizerRoutes(ServedModels models, BodyReader bodies, JsonResponder json) {
        this.models = models;
        this.bodies = bodies;
        this.json = json;
    }

    /** The tokens of a text or a conversation, as a request for generation would have them. */
    void tokenize(ServerRequest request, ServerResponse response) {
        json.send(response, bodies.read(request, this::tokens));
    }

    /** The text of tokens. */
    void detokenize(ServerRequest request, ServerResponse response) {
        json.send(response, bodies.read(request, this::text));
    }

    /** What there is to know of a tokenizer; the query may name the {@code model}. */
    void info(ServerRequest request, ServerResponse response) {
        ServedModel model = models.named(request.query().first("model").orElse(null));
        Tokenizer tokenizer = model.tokenizer();
        ObjectNode info = Json.object()
                .put("tokenizer_class", tokenizer.getClass().getSimpleName())
                .put("vocab_size", tokenizer.vocabularySize())
                .put("model_max_length", model.contextLength())
                .put("add_bos_token", tokenizer.addsBeginOfSequence());
        put(info, tokenizer, "bos_token", tokenizer.beginOfSequence());
        put(info, tokenizer, "eos_token", tokenizer.endOfSequence());
        ArrayNode ends = info.putArray("end_of_generation_token_ids");
        tokenizer.endOfGeneration().stream().sorted().forEach(ends::add);
        json.send(response, info.put("chat_template", model.chatTemplate()));
    }

    private static void put(ObjectNode info, Tokenizer tokenizer, String name, int token) {
        if (token < 0) {
            info.putNull(name).putNull(name + "_id");
        } else {
            info.put(name, tokenizer.spelling(token)).put(name + "_id", token);
        }
    }

    private ObjectNode tokens(RequestReader body) {
        ServedModel model = models.named(body.string("model"));
        UnsupportedFields.refuse(body);
        int[] tokens = body.node("messages") == null ? ofPrompt(body, model.tokenizer()) : ofMessages(body, model);
        ObjectNode answer = Json.object().put("count", tokens.length).put("max_model_len", model.contextLength());
        ArrayNode list = answer.putArray("tokens");
        for (int token : tokens) {
            list.add(token);
        }
        if (!body.flag("return_token_strs")) {
            return answer.putNull("token_strs");
        }
        ArrayNode strings = answer.putArray("token_strs");
        for (int token : tokens) {
            strings.add(model.tokenizer().spelling(token));
        }
        return answer;
    }

    private static int[] ofPrompt(RequestReader body, Tokenizer tokenizer) {
        String prompt = body.string("prompt");
        if (prompt == null) {
            throw ApiException.invalid("prompt", "'prompt' is missing, and so is 'messages'.");
        }
        boolean addsSpecialTokens = body.flag("add_special_tokens", true);
        if (prompt.length() <= LONGEST_SPELLING && !addsSpecialTokens) {
            // How clients ask for the number of an end token; as a text it would be spelled out.
            int[] parsed = tokenizer.encode(prompt, Tokenizer.SpecialTokens.PARSED);
            if (parsed.length == 1 && tokenizer.isControl(parsed[0])) {
                return parsed;
            }
        }
        return addsSpecialTokens
                ? PromptReader.encode(prompt, tokenizer)
                : tokenizer.encode(prompt, Tokenizer.SpecialTokens.AS_TEXT);
    }

    private static int[] ofMessages(RequestReader body, ServedModel model) {
        if (body.flag("add_special_tokens")) {
            throw ApiException.unsupported(
                    "add_special_tokens", "The chat template says which special tokens a conversation has.");
        }
        ChatTurn turn =
                ChatRequest.read(body, model.tokenizer().vocabularySize()).turn();
        return ChatHandler.prompt(model, turn, "messages").tokens();
    }

    private ObjectNode text(RequestReader body) {
        Tokenizer tokenizer = models.named(body.string("model")).tokenizer();
        ArrayNode list = body.list("tokens");
        if (list == null) {
            throw ApiException.invalid("tokens", "'tokens' is missing.");
        }
        IncrementalDetokenizer detokenizer = IncrementalDetokenizer.ofText(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < list.size(); i++) {
            int token = RequestReader.integer(list.get(i), "tokens[" + i + "]", 0, tokenizer.vocabularySize() - 1);
            text.append(tokenizer.isControl(token) ? tokenizer.spelling(token) : detokenizer.append(token));
        }
        return Json.object().put("prompt", text.append(detokenizer.finish()).toString());
    }
}
