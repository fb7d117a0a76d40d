// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dendra.evaluation.ChoiceScore;
import dev.dendra.evaluation.ModelComparison;
import dev.dendra.evaluation.PerplexityScore;
import dev.dendra.evaluation.SampleMean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What an evaluation found, for people and for programs.
 *
 * @param model what was evaluated
 * @param baseline what it was compared with, if anything
 * @param window tokens of a window
 * @param texts what each text gave
 * @param choices what multiple choice gave each model, the baseline last; empty where none was asked for
 */
record EvaluationReport(
        EvaluatedModel model,
        Optional<EvaluatedModel> baseline,
        int window,
        List<Text> texts,
        List<ChoiceScore> choices) {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String OVERALL = "overall";

    /**
     * What a text gave.
     *
     * @param name of the text
     * @param score of the model
     * @param comparison with the baseline, if there is one
     */
    record Text(String name, PerplexityScore score, Optional<ModelComparison> comparison) {

        /** A text that only the model was scored on. */
        static Text of(String name, PerplexityScore score) {
            return new Text(name, score, Optional.empty());
        }

        /** A text that both models were scored on. */
        static Text of(String name, ModelComparison comparison) {
            return new Text(name, comparison.model(), Optional.of(comparison));
        }
    }

    /** The tables. */
    String table() {
        StringBuilder table = new StringBuilder();
        table.append(String.format(Locale.ROOT, "model: %s%n", model.describe()));
        baseline.ifPresent(each -> table.append(String.format(Locale.ROOT, "baseline: %s%n", each.describe())));
        if (!texts.isEmpty()) {
            table.append(String.format(Locale.ROOT, "windows of %d tokens%n%n", window));
            appendTexts(table);
        }
        if (!choices.isEmpty()) {
            table.append(System.lineSeparator());
            appendChoices(table);
        }
        return table.toString();
    }

    private void appendTexts(StringBuilder table) {
        List<String> header = new ArrayList<>(List.of("text", "windows", "tokens", "perplexity"));
        if (baseline.isPresent()) {
            header.addAll(List.of("baseline's", "ratio", "KL divergence, nats", "same top token"));
        }
        TextTable rows = new TextTable(header);
        for (Text text : withOverall()) {
            SampleMean perplexity = text.score.perplexity();
            List<String> row = new ArrayList<>(List.of(
                    text.name,
                    Integer.toString(perplexity.clusters()),
                    Long.toString(perplexity.elements()),
                    Figure.text(perplexity)));
            text.comparison.ifPresent(comparison -> row.addAll(List.of(
                    Figure.text(comparison.baseline().perplexity()),
                    Figure.text(comparison.perplexityRatio()),
                    Figure.text(comparison.divergence()),
                    Figure.text(comparison.agreement()))));
            rows.add(row);
        }
        table.append(rows.text());
    }

    private void appendChoices(StringBuilder table) {
        TextTable rows = new TextTable(List.of("multiple choice", "items", "by chance", "accuracy", "per byte"));
        for (int i = 0; i < choices.size(); i++) {
            ChoiceScore score = choices.get(i);
            rows.add(List.of(
                    i == 0 ? "model" : "baseline",
                    Long.toString(score.accuracy().elements()),
                    String.format(Locale.ROOT, "%.3f", score.chance()),
                    Figure.text(score.accuracy()),
                    Figure.text(score.accuracyPerByte())));
        }
        table.append(rows.text());
    }

    /** The texts and, where there are several, all of them together. */
    private List<Text> withOverall() {
        List<Text> all = new ArrayList<>(texts);
        if (texts.size() > 1) {
            all.add(overall());
        }
        return all;
    }

    private Text overall() {
        if (baseline.isPresent()) {
            return Text.of(
                    OVERALL,
                    ModelComparison.overall(texts.stream()
                            .flatMap(text -> text.comparison.stream())
                            .toList()));
        }
        return Text.of(
                OVERALL, PerplexityScore.overall(texts.stream().map(Text::score).toList()));
    }

    /** The same as one JSON object. */
    String json() {
        ObjectNode root = MAPPER.createObjectNode();
        model.write(root.putObject("model"));
        baseline.ifPresent(each -> each.write(root.putObject("baseline")));
        root.put("context", window);
        ArrayNode list = root.putArray("texts");
        texts.forEach(text -> write(text, list.addObject().put("text", text.name)));
        if (!texts.isEmpty()) {
            write(overall(), root.putObject(OVERALL));
        }
        if (!choices.isEmpty()) {
            ObjectNode node = root.putObject("choices");
            node.put("items", choices.getFirst().accuracy().elements());
            node.put("chance", choices.getFirst().chance());
            write(choices.getFirst(), node.putObject("model"));
            if (baseline.isPresent()) {
                write(choices.getLast(), node.putObject("baseline"));
            }
        }
        return root.toString();
    }

    private static void write(Text text, ObjectNode node) {
        SampleMean likelihood = text.score.negativeLogLikelihood();
        node.put("windows", likelihood.clusters());
        node.put("tokens", likelihood.elements());
        write(text.score, node);
        text.comparison.ifPresent(comparison -> {
            write(comparison.baseline(), node.putObject("baseline"));
            Figure.write(comparison.perplexityRatio(), node.putObject("perplexity_ratio"));
            Figure.write(comparison.divergence(), node.putObject("kl_divergence"));
            Figure.write(comparison.agreement(), node.putObject("top1_agreement"));
        });
    }

    private static void write(PerplexityScore score, ObjectNode node) {
        Figure.write(score.perplexity(), node.putObject("perplexity"));
        Figure.write(score.negativeLogLikelihood(), node.putObject("negative_log_likelihood"));
    }

    private static void write(ChoiceScore score, ObjectNode node) {
        Figure.write(score.accuracy(), node.putObject("accuracy"));
        Figure.write(score.accuracyPerByte(), node.putObject("accuracy_per_byte"));
    }
}
