// SPDX-License-Identifier: Apache-2.0
package dev.dendra.chat;

/** Whether the model calls tools. */
public sealed interface ToolChoice {

    /** It does not; tools are not shown to it. */
    record None() implements ToolChoice {}

    /** As it likes. */
    record Auto() implements ToolChoice {}

    /** It has to call at least one. */
    record Required() implements ToolChoice {}

    /** It has to call this one. */
    record Named(String name) implements ToolChoice {}
}
