// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls of tools out of a generated text. Text that may be the beginning of a call is held back until that is
 * certain, and becomes content where it turns out to be none: a call of a tool that was not offered, JSON that is no
 * call, JSON that breaks off. Once a call has begun its arguments go out as they come. White space next to calls is left
 * out. What comes out depends on the text alone, not on how it was cut. Not for use by several threads.
 */
final class ToolCallSplitter {
    private enum Place {
        CONTENT,
        /** Behind the opening marker: an object or a list has to follow. */
        PAYLOAD,
        /** Behind an opening bracket or a comma of a list: an object has to follow. */
        ITEM,
        CALL,
        /** Behind an object of a list. */
        LIST_SEPARATOR,
        /** Behind a call or a list of them: the closing marker, another call, or content. */
        BEHIND,
        /** There is to be one call only, and it has come. */
        DONE
    }

    private final ToolCallFormat format;
    private final Set<String> names;
    private final boolean several;
    private final Supplier<String> ids;
    private final MarkerSearch marker;

    private final StringBuilder content = new StringBuilder();
    private final List<ToolCallDelta> calls = new ArrayList<>();
    /** Scratch. */
    private final StringBuilder passed = new StringBuilder();
    /** Text that is content unless it belongs to a call, in order. */
    private final StringBuilder held = new StringBuilder();

    private Place place = Place.CONTENT;
    private boolean inList;
    private boolean begun;
    private boolean behindCall;
    private int closing;
    private @Nullable CallScanner call;
    private boolean announced;
    private int count;

    /**
     * For one answer.
     *
     * @param names of the tools on offer
     * @param several whether there may be more than one call; what follows the only one is ignored
     * @param ids names each call
     */
    ToolCallSplitter(ToolCallFormat format, Set<String> names, boolean several, Supplier<String> ids) {
        this.format = format;
        this.names = Set.copyOf(names);
        this.several = several;
        this.ids = ids;
        this.marker = new MarkerSearch(format.open().isEmpty() ? "\0" : format.open());
    }

    /** Takes the next piece of text. */
    void append(CharSequence text) {
        if (!format.isRead() || names.isEmpty()) {
            content.append(text);
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            accept(text.charAt(i));
        }
        takeArguments();
    }

    /** Ends the text: what is held back becomes content, but for white space and punctuation behind a call. */
    void finish() {
        marker.flush(held);
        boolean ignored = switch (place) {
            case DONE, BEHIND, LIST_SEPARATOR -> true;
            case ITEM -> behindCall;
            case CONTENT -> behindCall && held.toString().isBlank();
            case PAYLOAD, CALL -> false;
        };
        if (!ignored) {
            content.append(held);
        }
        held.setLength(0);
        place = Place.DONE;
    }

    /** The content that has become certain since this was asked last. */
    String takeContent() {
        String taken = content.toString();
        content.setLength(0);
        return taken;
    }

    /** The parts of calls that have become certain since this was asked last. */
    List<ToolCallDelta> takeCalls() {
        List<ToolCallDelta> taken = List.copyOf(calls);
        calls.clear();
        return taken;
    }

    /** Whether there was a call. */
    boolean hasCalled() {
        return count > 0;
    }

    /** Whether all that follows would be ignored. */
    boolean isDone() {
        return place == Place.DONE;
    }

    private void accept(char c) {
        switch (place) {
            case CONTENT -> content(c);
            case PAYLOAD, ITEM -> payload(c);
            case CALL -> call(c);
            case LIST_SEPARATOR -> listSeparator(c);
            case BEHIND -> behind(c);
            case DONE -> {}
        }
    }

    private void content(char c) {
        if (Character.isWhitespace(c) && !marker.holds()) {
            held.append(c);
            return;
        }
        if (!begun && format.isBare() && !marker.holds() && (c == '{' || c == '[')) {
            begun = true;
            place = Place.PAYLOAD;
            payload(c);
            return;
        }
        passed.setLength(0);
        boolean found = marker.accept(c, passed);
        if (!passed.isEmpty()) {
            begun = true;
            behindCall = false;
            content.append(held);
            held.setLength(0);
            passContent(passed);
        }
        if (found) {
            begun = true;
            held.append(format.open());
            place = Place.PAYLOAD;
        }
    }

    /** White space at the end may stand before a call. */
    private void passContent(StringBuilder text) {
        int end = text.length();
        while (end > 0 && Character.isWhitespace(text.charAt(end - 1))) {
            end--;
        }
        content.append(text, 0, end);
        held.append(text, end, text.length());
    }

    private void payload(char c) {
        held.append(c);
        if (JsonScanner.isBlank(c)) {
            return;
        }
        if (c == '{') {
            beginCall();
        } else if (c == '[' && place == Place.PAYLOAD) {
            inList = true;
            place = Place.ITEM;
        } else {
            giveUp();
        }
    }

    private void beginCall() {
        call = new CallScanner(names);
        announced = false;
        place = Place.CALL;
    }

    private void call(char c) {
        CallScanner scanner = call;
        if (scanner == null) {
            throw new IllegalStateException();
        }
        held.append(c);
        CallScanner.Verdict verdict = scanner.accept(c);
        if (verdict == CallScanner.Verdict.INVALID) {
            takeArguments();
            giveUp();
            return;
        }
        String name = scanner.calledName();
        if (name != null) {
            held.setLength(0);
            if (!announced) {
                announced = true;
                calls.add(new ToolCallDelta(count++, ids.get(), name, ""));
            }
        }
        if (verdict == CallScanner.Verdict.LAST) {
            takeArguments();
            call = null;
            behindCall = true;
            place = !several ? Place.DONE : inList ? Place.LIST_SEPARATOR : Place.BEHIND;
        }
    }

    private void listSeparator(char c) {
        held.append(c);
        if (JsonScanner.isBlank(c)) {
            return;
        }
        if (c == ',') {
            place = Place.ITEM;
        } else if (c == ']') {
            held.setLength(0);
            inList = false;
            place = Place.BEHIND;
        } else {
            giveUp();
        }
    }

    private void behind(char c) {
        String close = format.close();
        if (closing < close.length() && close.charAt(closing) == c) {
            held.append(c);
            if (++closing == close.length()) {
                held.setLength(0);
                closing = 0;
                place = Place.CONTENT;
            }
            return;
        }
        boolean separates = JsonScanner.isBlank(c) || (c == ';' && format == ToolCallFormat.LLAMA3);
        if (closing == 0 && (separates || c == '{')) {
            held.append(c);
            if (c == '{') {
                beginCall();
            }
            return;
        }
        String text = held.append(c).toString();
        held.setLength(0);
        closing = 0;
        place = Place.CONTENT;
        for (int i = 0; i < text.length(); i++) {
            accept(text.charAt(i));
        }
    }

    /** What is held is no call, as its last character shows, which may begin one. */
    private void giveUp() {
        char last = held.charAt(held.length() - 1);
        StringBuilder text = new StringBuilder(held.length()).append(held, 0, held.length() - 1);
        held.setLength(0);
        call = null;
        inList = false;
        begun = true;
        behindCall = false;
        place = Place.CONTENT;
        passContent(text);
        content(last);
    }

    private void takeArguments() {
        if (call == null || !announced) {
            return;
        }
        String arguments = call.takeArguments();
        if (arguments.isEmpty()) {
            return;
        }
        ToolCallDelta last = calls.isEmpty() ? null : calls.getLast();
        if (last != null && last.index() == count - 1) {
            calls.set(
                    calls.size() - 1,
                    new ToolCallDelta(last.index(), last.id(), last.name(), last.arguments() + arguments));
        } else {
            calls.add(new ToolCallDelta(count - 1, null, null, arguments));
        }
    }
}
