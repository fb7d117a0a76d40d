// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.engine.EngineException.Reason;
import dev.dendra.engine.GenerationEvent.Failed;
import dev.dendra.engine.GenerationEvent.FinishReason;
import dev.dendra.engine.GenerationEvent.Finished;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which requests are taken, when, and what becomes of them when the engine stops. */
class AdmissionTest extends SteppedEngineTest {
    @Test
    void aFullQueueRefusesAndTakesAgainWhenThereIsRoom() throws Exception {
        Engine engine = engine(new PagedHashModel(8), new EngineOptions(2, 1, 16, 16, Duration.ofMinutes(1)));
        engine.submit(Requests.greedy(new int[] {1}, 3));
        engine.submit(Requests.greedy(new int[] {2}, 3));
        assertEquals(Reason.QUEUE_FULL, refusal(engine, Requests.greedy(new int[] {3}, 3)));
        engine.runStep();
        Transcript third = new Transcript(engine.submit(Requests.greedy(new int[] {3}, 3)));
        assertEquals(Reason.QUEUE_FULL, refusal(engine, Requests.greedy(new int[] {4}, 3)));
        runToEnd(engine);
        assertArrayEquals(PagedHashModel.greedy(new int[] {3}, 3), third.read().tokens());
    }

    @Test
    void promptsThatLeaveNoRoomAreRefused() throws Exception {
        Engine engine = engine(new PagedHashModel(2), OPTIONS);
        assertEquals(64, engine.contextLength(), "the cache is smaller than the model's context");
        assertEquals(Reason.PROMPT_TOO_LONG, refusal(engine, Requests.greedy(new int[64], 1)));
        assertEquals(Reason.PROMPT_TOO_LONG, refusal(engine, Requests.scored(new int[65], 0, 0)));
        Transcript fits = new Transcript(engine.submit(Requests.greedy(new int[63], 1000)));
        Transcript scored = new Transcript(engine.submit(Requests.scored(new int[64], 0, 0)));
        runToEnd(engine);
        assertEquals(new Finished(FinishReason.LENGTH, 63, 1, 0), fits.read().end());
        assertEquals(new Finished(FinishReason.LENGTH, 64, 0, 0), scored.read().end());
    }

    @Test
    void aRequestThatMakesNoSenseIsRefusedByName() {
        Engine engine = engine(new PagedHashModel(2), OPTIONS);
        assertThrows(IllegalArgumentException.class, () -> engine.submit(Requests.greedy(new int[0], 1)));
        assertThrows(IllegalArgumentException.class, () -> engine.submit(Requests.greedy(new int[] {1}, -1)));
        IllegalArgumentException outside = assertThrows(
                IllegalArgumentException.class,
                () -> engine.submit(Requests.greedy(new int[] {PagedHashModel.VOCABULARY}, 1)));
        assertEquals("prompt: token 101 is outside the vocabulary of 101", outside.getMessage());
        assertThrows(IllegalArgumentException.class, () -> engine.submit(Requests.greedy(new int[] {-1}, 1)));
    }

    @Test
    void nobodyOvertakesARequestThatWaitsForBlocks() throws Exception {
        Engine engine = engine(new PagedHashModel(8), OPTIONS);
        Random random = new Random(1);
        Transcript running = new Transcript(engine.submit(Requests.greedy(prompt(random, 100), 20)));
        Transcript large = new Transcript(engine.submit(Requests.greedy(prompt(random, 150), 1)));
        Transcript small = new Transcript(engine.submit(Requests.greedy(new int[] {3}, 1)));
        while (!running.read().hasEnded()) {
            engine.runStep();
            assertEquals(0, large.read().tokens().length);
            assertEquals(0, small.read().tokens().length);
        }
        runToEnd(engine);
        assertEquals(1, large.read().tokens().length);
        assertEquals(1, small.read().tokens().length);
    }

    @Test
    void whoRunsHasRoomToGrowBeforeOthersAreTakenUp() throws Exception {
        // 16 blocks: with one running and one to come, two are kept.
        Engine engine = engine(new PagedHashModel(16), OPTIONS);
        Transcript running = new Transcript(engine.submit(Requests.greedy(prompt(new Random(1), 400), 30)));
        Transcript next = new Transcript(engine.submit(Requests.greedy(prompt(new Random(2), 40), 1)));
        engine.runStep();
        assertEquals(13, engine.usedBlocks(), "two of the three that are left would be enough for the second");
        runToEnd(engine);
        assertEquals(30, running.read().tokens().length);
        assertEquals(1, next.read().tokens().length);
    }

    @Test
    void whereThereIsRoomToGrowOthersAreTakenUpAtOnce() throws Exception {
        Engine engine = engine(new PagedHashModel(17), OPTIONS);
        engine.submit(Requests.greedy(prompt(new Random(1), 400), 30));
        engine.submit(Requests.greedy(prompt(new Random(2), 40), 1));
        engine.runStep();
        assertEquals(15, engine.usedBlocks());
    }

    @Test
    void theLargestAnswerAskedForReservesNothing() throws Exception {
        Engine engine = engine(new PagedHashModel(40), OPTIONS);
        for (int i = 0; i < 16; i++) {
            engine.submit(Requests.greedy(new int[] {i}, Integer.MAX_VALUE));
        }
        engine.runStep();
        assertEquals(16, engine.usedBlocks());
        assertEquals(16, engine.scheduler().running());
    }

    @Test
    void drainingFinishesWhatIsThereAndTakesNoMore() throws Exception {
        Engine engine = engine(new PagedHashModel(8), new EngineOptions(4, 1, 16, 16, Duration.ofMinutes(1)));
        Transcript running = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 3)));
        Transcript queued = new Transcript(engine.submit(Requests.greedy(new int[] {2}, 3)));
        engine.runStep();
        assertFalse(engine.drain(Duration.ZERO));
        assertEquals(Reason.STOPPING, refusal(engine, Requests.greedy(new int[] {3}, 3)));
        runToEnd(engine);
        assertTrue(engine.drain(Duration.ZERO));
        assertEquals(3, running.read().tokens().length);
        assertEquals(3, queued.read().tokens().length);
    }

    @Test
    void closingFailsWhatIsLeft() throws Exception {
        Engine engine = engine(new PagedHashModel(8), new EngineOptions(4, 1, 16, 16, Duration.ofMinutes(1)));
        Transcript running = new Transcript(engine.submit(Requests.greedy(new int[] {1}, 50)));
        Transcript queued = new Transcript(engine.submit(Requests.greedy(new int[] {2}, 50)));
        engine.runStep();
        engine.close();
        assertInstanceOf(Failed.class, running.read().end());
        assertInstanceOf(Failed.class, queued.read().end());
        assertEquals(Reason.STOPPING, refusal(engine, Requests.greedy(new int[] {3}, 3)));
    }

    @Test
    void aRequestCancelledInTheQueueLeavesItsPlaceToAnother() throws Exception {
        Engine engine = engine(new PagedHashModel(8), new EngineOptions(1, 1, 16, 16, Duration.ofMinutes(1)));
        engine.submit(Requests.greedy(new int[] {1}, 9));
        engine.runStep();
        Generation queued = engine.submit(Requests.greedy(new int[] {2}, 9));
        assertEquals(Reason.QUEUE_FULL, refusal(engine, Requests.greedy(new int[] {3}, 1)));
        queued.cancel();
        engine.runStep();
        Transcript next = new Transcript(engine.submit(Requests.greedy(new int[] {3}, 1)));
        runToEnd(engine);
        assertArrayEquals(PagedHashModel.greedy(new int[] {3}, 1), next.read().tokens());
    }
}
