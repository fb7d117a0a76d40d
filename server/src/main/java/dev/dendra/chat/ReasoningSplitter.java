// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import org.jspecify.annotations.Nullable;

/**
 * Takes reasoning out of a generated text. It is looked for at the very start only: an answer that speaks of the marks
 * later on keeps them. White space next to the marks belongs to neither side. Not for use by several threads.
 */
final class ReasoningSplitter {
    private enum Place {
        /** Nothing but white space and a part of the opening mark so far. */
        START,
        REASONING,
        /** Behind the closing mark, before the answer's first character. */
        CLOSED,
        ANSWER
    }

    private final MarkerSearch open;
    private final MarkerSearch close;
    private final StringBuilder blanks = new StringBuilder();
    private Place place;
    private boolean reasoned;

    /**
     * For one answer.
     *
     * @param format null if the model does not think
     * @param isOpen whether the prompt has opened the reasoning
     */
    ReasoningSplitter(@Nullable ReasoningFormat format, boolean isOpen) {
        this.open = new MarkerSearch(format == null ? "\0" : format.open());
        this.close = new MarkerSearch(format == null ? "\0" : format.close());
        this.place = format == null ? Place.ANSWER : isOpen ? Place.REASONING : Place.START;
    }

    /** Whether the next text is reasoning. */
    boolean isReasoning() {
        return place == Place.REASONING;
    }

    /** Takes the next piece of text and appends what is certain to where it belongs. */
    void append(String text, StringBuilder reasoning, StringBuilder rest) {
        for (int i = 0; i < text.length(); i++) {
            if (place == Place.ANSWER) {
                rest.append(text, i, text.length());
                return;
            }
            accept(text.charAt(i), reasoning, rest);
        }
    }

    /** Ends the text. */
    void finish(StringBuilder reasoning, StringBuilder rest) {
        switch (place) {
            case START -> {
                rest.append(blanks);
                open.flush(rest);
            }
            case REASONING -> {
                StringBuilder last = new StringBuilder();
                close.flush(last);
                if (!last.isEmpty()) {
                    think(last, reasoning);
                }
            }
            case CLOSED, ANSWER -> {}
        }
        place = Place.ANSWER;
    }

    private void accept(char c, StringBuilder reasoning, StringBuilder rest) {
        switch (place) {
            case START -> start(c, rest);
            case REASONING -> {
                StringBuilder passed = new StringBuilder();
                boolean closed = close.accept(c, passed);
                think(passed, reasoning);
                if (closed) {
                    place = Place.CLOSED;
                }
            }
            case CLOSED -> {
                if (!Character.isWhitespace(c)) {
                    place = Place.ANSWER;
                    rest.append(c);
                }
            }
            case ANSWER -> rest.append(c);
        }
    }

    private void start(char c, StringBuilder rest) {
        if (Character.isWhitespace(c) && !open.holds()) {
            blanks.append(c);
            return;
        }
        StringBuilder passed = new StringBuilder();
        if (open.accept(c, passed)) {
            blanks.setLength(0);
            place = Place.REASONING;
        } else if (!passed.isEmpty()) {
            open.flush(passed);
            rest.append(blanks).append(passed);
            blanks.setLength(0);
            place = Place.ANSWER;
        }
    }

    /** White space waits until more reasoning shows that it stands within it. */
    private void think(StringBuilder passed, StringBuilder reasoning) {
        for (int i = 0; i < passed.length(); i++) {
            char c = passed.charAt(i);
            if (Character.isWhitespace(c)) {
                if (reasoned) {
                    blanks.append(c);
                }
            } else {
                reasoned = true;
                reasoning.append(blanks).append(c);
                blanks.setLength(0);
            }
        }
    }
}
