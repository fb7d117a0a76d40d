// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

/**
 * How threads share the panels of a region: in tasks of the same length to within a pair, since kernels multiply two panels
 * at a time, and as many tasks for each thread.
 */
final class PanelTasks {
    /** Enough to even out a thread that is held up, few enough to be worth claiming. */
    private static final int TASKS_PER_THREAD = 4;

    private static final int PANEL_MULTIPLE = 2;

    private PanelTasks() {}

    /** Tasks of a region of {@code panels}. */
    static int tasks(int panels, int threads) {
        return Math.min(threads * TASKS_PER_THREAD, pairs(panels));
    }

    /** The first panel of a task, {@code panels} for the task after the last. */
    static int firstPanel(int task, int tasks, int panels) {
        int pair = (int) ((long) pairs(panels) * task / tasks);
        return Math.min(pair * PANEL_MULTIPLE, panels);
    }

    private static int pairs(int panels) {
        return Math.ceilDiv(panels, PANEL_MULTIPLE);
    }
}
