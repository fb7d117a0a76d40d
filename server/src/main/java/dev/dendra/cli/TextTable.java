// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.util.ArrayList;
import java.util.List;

/** A table whose columns are as wide as what is in them: the first to the left, figures to the right. */
final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    /** A table that begins with {@code header}. */
    TextTable(List<String> header) {
        rows.add(header);
    }

    /** Adds a row of as many columns as the header has. */
    void add(List<String> row) {
        rows.add(row);
    }

    /** The table, a line a row. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                String cell = row.get(column);
                String padding = " ".repeat(width(column) - cell.length());
                text.append("| ")
                        .append(column == 0 ? cell + padding : padding + cell)
                        .append(' ');
            }
            text.append('|').append(System.lineSeparator());
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
