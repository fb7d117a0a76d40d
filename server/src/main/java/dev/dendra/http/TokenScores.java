// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.engine.TokenLogprobs;
import java.util.List;
import java.util.Set;

/** Log-probabilities as answers in conversations show them: a list of tokens with their bytes and alternatives. */
final class TokenScores {
    private final Set<Integer> unscored;
    private final TokenTexts texts;

    /** Leaves {@code unscored} tokens out, as they are left out of the text. */
    TokenScores(Set<Integer> unscored, TokenTexts texts) {
        this.unscored = Set.copyOf(unscored);
        this.texts = texts;
    }

    /** An entry for each token that is part of the text. */
    ArrayNode list(List<ScoredToken> scores) {
        ArrayNode content = Json.array();
        for (ScoredToken score : scores) {
            TokenLogprobs logprobs = score.logprobs();
            if (logprobs == null || unscored.contains(score.token())) {
                continue;
            }
            ObjectNode entry = content.addObject();
            put(entry, logprobs.token(), logprobs.logprob());
            ArrayNode top = entry.putArray("top_logprobs");
            for (TokenLogprobs.Candidate candidate : logprobs.top()) {
                put(top.addObject(), candidate.token(), candidate.logprob());
            }
        }
        return content;
    }

    private void put(ObjectNode entry, int token, float logprob) {
        entry.put("token", texts.text(token)).put("logprob", TokenTexts.finite(logprob));
        ArrayNode bytes = entry.putArray("bytes");
        for (byte value : texts.bytes(token)) {
            bytes.add(value & 0xff);
        }
    }
}
