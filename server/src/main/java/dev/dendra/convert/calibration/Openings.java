// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

import java.util.List;

/**
 * How sampled texts begin: a few words each, of many kinds of text, so that they do not all become the one that the model
 * likes best. Changing them changes the corpus: see {@link CorpusSampler#VERSION}.
 */
final class Openings {
    static final List<String> ALL = List.of(
            "The",
            "In the beginning of the nineteenth century",
            "Once upon a time, in a village by the sea,",
            "Photosynthesis is the process by which",
            "def main():\n",
            "To make bread, you need",
            "Dear Sir or Madam,",
            "Q: What is the difference between",
            "The committee met on Tuesday to discuss",
            "Let x be a real number such that",
            "She opened the door and",
            "#include <stdio.h>\n",
            "The human heart",
            "According to the report,",
            "How to ",
            "\"I don't know,\" he said,",
            "Researchers have found that",
            "1. Introduction\n\n",
            "The capital of",
            "import java.util.List;\n",
            "My grandmother used to say",
            "The stock market",
            "In this paper, we",
            "User: Can you explain",
            "The river flows",
            "SELECT name, ",
            "When water freezes,",
            "Chapter 3\n\n",
            "The best way to learn",
            "There are three main reasons why",
            "{\"name\": ",
            "It was raining when");

    private Openings() {}
}
