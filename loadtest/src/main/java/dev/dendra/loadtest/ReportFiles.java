// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the findings go. */
final class ReportFiles {

    private static final String STANDARD_OUTPUT = "-";

    private final Optional<Path> json;
    private final Optional<Path> html;

    /** @throws BadInput if one of the files cannot be written: better known before a long run than after it */
    ReportFiles(Optional<Path> json, Optional<Path> html) {
        this.json = json;
        this.html = html;
        json.filter(path -> !isStandardOutput(path)).ifPresent(path -> check("--json", path));
        html.ifPresent(path -> check("--html", path));
    }

    /** Prints the tables, or the JSON where that is to be printed, and writes the files. */
    void write(Findings findings, PrintWriter out) throws IOException {
        boolean printsJson = json.filter(ReportFiles::isStandardOutput).isPresent();
        out.println(printsJson ? JsonReport.of(findings) : TextReport.of(findings));
        out.flush();
        if (json.isPresent() && !printsJson) {
            Files.writeString(json.get(), JsonReport.of(findings) + System.lineSeparator());
        }
        if (html.isPresent()) {
            Files.writeString(html.get(), HtmlReport.of(findings));
        }
    }

    private static boolean isStandardOutput(Path path) {
        return path.toString().equals(STANDARD_OUTPUT);
    }

    private static void check(String option, Path path) {
        Path parent = path.toAbsolutePath().getParent();
        boolean isWritable = Files.exists(path)
                ? Files.isRegularFile(path) && Files.isWritable(path)
                : parent != null && Files.isDirectory(parent) && Files.isWritable(parent);
        if (!isWritable) {
            throw new BadInput(option + ": cannot write to " + path);
        }
    }
}
