// SPDX-License-Identifier: Apache-2.0
package dev.dendra.loadtest;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;

/** How arrivals follow each other when one a second is expected; a profile of rates then stretches this time. */
enum ArrivalProcess {
    /** The gaps are independent and exponentially distributed: clients that know nothing of each other. */
    POISSON {
        @Override
        double gap(SplittableRandom random) {
            return random.nextExponential();
        }

        @Override
        double first(SplittableRandom random) {
            return gap(random);
        }
    },
    /** All gaps are equal; the first request is due at once. */
    CONSTANT {
        @Override
        double gap(SplittableRandom random) {
            return 1;
        }

        @Override
        double first(SplittableRandom random) {
            return 0;
        }
    };

    abstract double gap(SplittableRandom random);

    abstract double first(SplittableRandom random);

    /** When requests are due, in nanoseconds after the start, until the last of {@code stages} ends. */
    PrimitiveIterator.OfLong offsets(List<RateStage> stages, long seed) {
        return new Offsets(stages.iterator(), Seeds.random(seed, 1, 0));
    }

    private final class Offsets implements PrimitiveIterator.OfLong {

        private final Iterator<RateStage> stages;
        private final SplittableRandom random;
        private RateStage stage = RateStage.constant(0, 0);
        private double stageStart;
        /** Expected arrivals since the stage began, up to the next one. */
        private double count;

        Offsets(Iterator<RateStage> stages, SplittableRandom random) {
            this.stages = stages;
            this.random = random;
            count = first(random);
        }

        @Override
        public boolean hasNext() {
            while (count >= stage.arrivals()) {
                if (!stages.hasNext()) {
                    return false;
                }
                count -= stage.arrivals();
                stageStart += stage.seconds();
                stage = stages.next();
            }
            return true;
        }

        @Override
        public long nextLong() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            double seconds = stageStart + stage.timeOf(count);
            count += gap(random);
            return Math.round(seconds * 1e9);
        }
    }
}
