// SPDX-License-Identifier: Apache-2.0
package dev.dendra.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PanelTasksTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 12, 36, 60, 61, 96, 3072, 8016})
    void tasksFollowEachOtherInPairsAndDifferByOne(int panels) {
        for (int threads = 1; threads <= 64; threads++) {
            int tasks = PanelTasks.tasks(panels, threads);
            int pairs = (panels + 1) / 2;
            for (int task = 0; task < tasks; task++) {
                int from = PanelTasks.firstPanel(task, tasks, panels);
                int to = PanelTasks.firstPanel(task + 1, tasks, panels);
                assertEquals(0, from % 2);
                int taskPairs = (to - from + 1) / 2;
                assertTrue(
                        taskPairs >= pairs / tasks && taskPairs <= (pairs + tasks - 1) / tasks && taskPairs > 0,
                        () -> from + " to " + to + " of " + panels);
            }
            assertEquals(0, PanelTasks.firstPanel(0, tasks, panels));
            assertEquals(panels, PanelTasks.firstPanel(tasks, tasks, panels));
        }
    }
}
