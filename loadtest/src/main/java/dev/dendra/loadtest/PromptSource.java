// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** Says what request {@code index} asks for; the same for the same index in every run of one seed. */
interface PromptSource {

    Prompt prompt(int index);
}
