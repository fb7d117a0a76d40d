// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts the pieces of calls together again. Not for use by several threads. */
public final class ToolCallCollector {
    private static final class Call {
        final int index;
        final @Nullable String id;
        final @Nullable String name;
        final StringBuilder arguments = new StringBuilder();

        Call(ToolCallDelta first) {
            this.index = first.index();
            this.id = first.id();
            this.name = first.name();
        }
    }

    private final List<Call> calls = new ArrayList<>();

    /** Takes the next piece of a call. */
    public void add(ToolCallDelta delta) {
        if (calls.isEmpty() || calls.getLast().index != delta.index()) {
            calls.add(new Call(delta));
        }
        calls.getLast().arguments.append(delta.arguments());
    }

    /** The calls so far, one piece each. */
    public List<ToolCallDelta> calls() {
        return calls.stream()
                .map(call -> new ToolCallDelta(call.index, call.id, call.name, call.arguments.toString()))
                .toList();
    }
}
