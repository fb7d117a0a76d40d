// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

/** Makes the prompts of one run, so that runs with different seeds do not find each other's in a prefix cache. */
interface PromptFactory {

    PromptSource prompts(long seed);

    /** What the prompts are and how their lengths were reached, for the report. */
    String describe();
}
