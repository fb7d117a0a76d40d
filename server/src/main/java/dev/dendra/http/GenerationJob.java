// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

import java.util.List;

/**
 * A request for generation, checked and encoded: what is left to do is to generate and to answer.
 *
 * @param model that generates
 * @param id of the answer
 * @param promptParam the request field that holds the prompt
 * @param specifications what to generate: for each prompt {@code options.candidates()} that follow each other
 * @param options what all endpoints know
 * @param format how the answer is shown
 */
record GenerationJob(
        ServedModel model,
        String id,
        String promptParam,
        List<GenerationSpecification> specifications,
        GenerationOptions options,
        AnswerFormat format) {
    GenerationJob {
        specifications = List.copyOf(specifications);
    }
}
