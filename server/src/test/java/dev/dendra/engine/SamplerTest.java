// SPDX-License-Identifier: Apache-2.0
package dev.dendra.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dendra.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final float NAN = Float.NaN;
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private final Arena arena = Arena.ofAuto();

    static SamplingParameters[] parametersOfTheDistributionTest() {
        return new SamplingParameters[] {
            with(1, 0, 1, 0),
            with(0.5f, 0, 1, 0),
            with(2, 0, 1, 0),
            with(1, 5, 1, 0),
            with(1, 0, 0.7f, 0),
            with(1, 0, 1, 0.2f),
            with(1.3f, 9, 0.8f, 0.05f),
            new SamplingParameters(0.9f, 12, 0.95f, 0, 1.2f, 0.5f, -0.3f, Map.of(3, 2f, 7, -1f), 12345)
        };
    }

    /** Pearson's chi-square test against the exact distribution; the seeds are fixed, so it never fails by chance. */
    @ParameterizedTest
    @MethodSource("parametersOfTheDistributionTest")
    void drawsFollowTheExactDistribution(SamplingParameters parameters) {
        int vocabulary = 20;
        float[] logits = randomLogits(new Random(1), vocabulary, 1.5f);
        int[] prompt = {3, 4, 4};
        int[] output = {5, 5, 6};
        double[] expected = ReferenceSampling.distribution(logits, parameters, prompt, output);
        Sampler sampler = sampler(vocabulary);
        FloatMatrix row = row(logits);
        int draws = 20_000;
        int[] observed = new int[vocabulary];
        for (int i = 0; i < draws; i++) {
            observed[sampler.sample(row, 0, state(withSeed(parameters, i), prompt, output))]++;
        }
        double chiSquare = 0;
        int possible = 0;
        for (int token = 0; token < vocabulary; token++) {
            if (expected[token] == 0) {
                assertEquals(0, observed[token], "token " + token + " was cut");
            } else {
                double mean = expected[token] * draws;
                chiSquare += (observed[token] - mean) * (observed[token] - mean) / mean;
                possible++;
            }
        }
        // Mean of the distribution is its degrees of freedom, variance twice that; four deviations are p < 0.001.
        int degrees = possible - 1;
        assertTrue(chiSquare < degrees + 4 * Math.sqrt(2 * Math.max(degrees, 1)), "chi-square " + chiSquare);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 1000})
    void candidatesAreThoseOfAPlainSort(int vocabulary) {
        Random random = new Random(vocabulary);
        Sampler sampler = sampler(vocabulary);
        int compared = 0;
        for (int round = 0; round < 300; round++) {
            SamplingParameters parameters = Requests.parameters(random, vocabulary);
            int[] prompt = random.ints(5, 0, vocabulary).toArray();
            int[] output = random.ints(5, 0, vocabulary).toArray();
            // Few distinct values in half of the rounds, so that cuts fall between equals.
            float[] logits = randomLogits(random, vocabulary, 3);
            if (round % 2 == 0) {
                for (int i = 0; i < vocabulary; i++) {
                    logits[i] = Math.round(logits[i]);
                }
            }
            if (ReferenceSampling.isBorderline(logits, parameters, prompt, output)) {
                continue;
            }
            double[] expected = ReferenceSampling.distribution(logits, parameters, prompt, output);
            int drawn = sampler.sample(row(logits), 0, state(parameters, prompt, output));
            assertTrue(expected[drawn] > 0, parameters + " drew " + drawn);
            if (parameters.temperature() > 0 && parameters.cuts(vocabulary)) {
                assertEquals(possible(expected), candidates(sampler), parameters.toString());
            }
            compared++;
        }
        assertTrue(compared > 250, compared + " rounds compared");
    }

    @Test
    void candidatesAreRightInALargeVocabularyToo() {
        int vocabulary = 49_152;
        Random random = new Random(5);
        Sampler sampler = sampler(vocabulary);
        float[] logits = randomLogits(random, vocabulary, 4);
        for (SamplingParameters parameters : new SamplingParameters[] {
            with(1, 0, 0.9f, 0), with(1, 0, 0.999f, 0), with(1, 50, 0.95f, 0), with(2, 0, 1, 0.01f)
        }) {
            sampler.sample(row(logits), 0, state(parameters));
            double[] expected = ReferenceSampling.distribution(logits, parameters, new int[0], new int[0]);
            assertEquals(possible(expected), candidates(sampler), parameters.toString());
        }
    }

    @Test
    void theSameSeedDrawsTheSameTokens() {
        float[] logits = randomLogits(new Random(6), 500, 1);
        assertArrayEquals(
                drawMany(logits, withSeed(with(1, 0, 0.95f, 0), 7)),
                drawMany(logits, withSeed(with(1, 0, 0.95f, 0), 7)));
        assertTrue(!Arrays.equals(
                drawMany(logits, withSeed(with(1, 0, 0.95f, 0), 7)),
                drawMany(logits, withSeed(with(1, 0, 0.95f, 0), 8))));
    }

    @Test
    void whatOneSequenceDrawsDoesNotDependOnOthers() {
        float[] logits = randomLogits(new Random(7), 300, 1);
        SamplingParameters parameters = with(1, 40, 0.9f, 0.01f);
        int[] alone = drawMany(logits, parameters);
        Sampler shared = sampler(300);
        Random random = new Random(8);
        SamplingState state = state(parameters);
        for (int token : alone) {
            shared.sample(row(randomLogits(random, 300, 2)), 0, state(Requests.parameters(random, 300)));
            assertEquals(token, shared.sample(row(logits), 0, state));
        }
    }

    @Test
    void temperatureZeroTakesTheFirstOfTheLargest() {
        assertEquals(1, sample(SamplingParameters.greedy(), 1, 5, 5, 4));
        // With a bias the other path is taken, and decides the same way.
        assertEquals(1, sample(biased(0, Map.of(0, 0f)), 1, 5, 5, 4));
        assertEquals(2, sample(biased(0, Map.of(2, 0.5f)), 1, 5, 5, 4));
    }

    @Test
    void biasesComeAfterPenalties() {
        // Divided by 2 first, then raised by 1: 4 becomes 3. The other order would make it 2.5.
        SamplingParameters parameters = new SamplingParameters(0, 0, 1, 0, 2, 0, 0, Map.of(0, 1f), 0);
        assertEquals(0, sampler(2).sample(row(4, 2.75f), 0, state(parameters, new int[] {0}, new int[0])));
        assertEquals(1, sampler(2).sample(row(4, 3.25f), 0, state(parameters, new int[] {0}, new int[0])));
    }

    @Test
    void repetitionPenaltyLowersPositiveAndNegativeLogits() {
        SamplingParameters parameters = new SamplingParameters(0, 0, 1, 0, 2, 0, 0, Map.of(), 0);
        assertEquals(1, sampler(2).sample(row(4, 2.5f), 0, state(parameters, new int[] {0, 0}, new int[0])));
        assertEquals(1, sampler(2).sample(row(-4, -7), 0, state(parameters, new int[] {0}, new int[0])));
    }

    @Test
    void frequencyAndPresencePenaltiesLookAtTheOutputAlone() {
        SamplingParameters frequency = new SamplingParameters(0, 0, 1, 0, 1, 1, 0, Map.of(), 0);
        SamplingParameters presence = new SamplingParameters(0, 0, 1, 0, 1, 0, 1, Map.of(), 0);
        FloatMatrix logits = row(4, 2.5f);
        assertEquals(0, sampler(2).sample(logits, 0, state(frequency, new int[] {0, 0}, new int[] {0})));
        assertEquals(1, sampler(2).sample(logits, 0, state(frequency, new int[0], new int[] {0, 0})));
        assertEquals(0, sampler(2).sample(logits, 0, state(presence, new int[0], new int[] {0, 0})));
    }

    @Test
    void drawnTokensCountForTheNextDraw() {
        SamplingState state = state(new SamplingParameters(0, 0, 1, 0, 1, 1, 0, Map.of(), 0));
        Sampler sampler = sampler(2);
        assertEquals(0, sampler.sample(row(1, 0.5f), 0, state));
        assertEquals(1, sampler.sample(row(1, 0.5f), 0, state));
    }

    @Test
    void aBiasOf100ForcesOrForbidsAToken() {
        for (int seed = 0; seed < 200; seed++) {
            assertEquals(2, sample(withSeed(biased(1, Map.of(2, 100f)), seed), 9, 8, -7, 9));
            assertTrue(sample(withSeed(biased(1, Map.of(0, -100f)), seed), 9, 8, 7, 9) != 0);
        }
    }

    @Test
    void extremesOfTemperatureAndTopPLeaveTheBestToken() {
        for (float temperature : new float[] {1e-3f, 1e-20f, Float.MIN_VALUE}) {
            assertEquals(1, sample(with(temperature, 0, 1, 0), 1, 1.5f, 1.25f));
        }
        for (float topP : new float[] {1e-6f, Float.MIN_VALUE}) {
            assertEquals(1, sample(with(1, 0, topP, 0), 1, 1.001f, 1));
            assertEquals(0, sample(with(2, 2, topP, 0), 1, 1, 1));
        }
        assertEquals(0, sample(with(2, 1, 1, 0), 1, 1, 1));
        assertEquals(1, sample(with(1, 0, 1, 1), 1, 1.001f, 1));
    }

    @ParameterizedTest
    @MethodSource("parametersOfTheDistributionTest")
    void tokensWithoutALogitAreNeverDrawn(SamplingParameters parameters) {
        float[] logits = new float[20];
        Arrays.fill(logits, -INFINITY);
        logits[3] = NAN;
        logits[11] = -1e30f;
        logits[13] = NAN;
        for (int seed = 0; seed < 50; seed++) {
            assertEquals(11, sampler(20).sample(row(logits), 0, state(withSeed(parameters, seed))));
        }
    }

    @Test
    void noUsableLogitGivesNoToken() {
        for (SamplingParameters parameters : new SamplingParameters[] {
            SamplingParameters.greedy(), with(1, 0, 1, 0), with(1, 2, 0.5f, 0.1f), biased(0, Map.of(1, 5f))
        }) {
            assertEquals(Sampler.NO_TOKEN, sample(parameters, NAN, NAN, NAN));
            assertEquals(Sampler.NO_TOKEN, sample(parameters, -INFINITY, NAN, -INFINITY));
        }
    }

    @Test
    void infiniteLogitsWin() {
        for (int seed = 0; seed < 50; seed++) {
            assertEquals(2, sample(withSeed(with(1, 0, 1, 0), seed), 1, NAN, INFINITY, Float.MAX_VALUE / 2));
            assertEquals(2, sample(withSeed(with(2, 3, 0.9f, 0), seed), 1, NAN, INFINITY, Float.MAX_VALUE / 2));
        }
    }

    private int[] drawMany(float[] logits, SamplingParameters parameters) {
        Sampler sampler = sampler(logits.length);
        SamplingState state = state(parameters);
        int[] drawn = new int[50];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = sampler.sample(row(logits), 0, state);
        }
        return drawn;
    }

    private int sample(SamplingParameters parameters, float... logits) {
        return sampler(logits.length).sample(row(logits), 0, state(parameters));
    }

    private Sampler sampler(int vocabulary) {
        return new Sampler(new RowKernels(), arena, vocabulary);
    }

    private FloatMatrix row(float... logits) {
        FloatMatrix matrix = FloatMatrix.allocate(arena, 1, logits.length);
        for (int i = 0; i < logits.length; i++) {
            matrix.set(0, i, logits[i]);
        }
        return matrix;
    }

    private static SamplingState state(SamplingParameters parameters) {
        return state(parameters, new int[0], new int[0]);
    }

    private static SamplingState state(SamplingParameters parameters, int[] prompt, int[] output) {
        SamplingState state = new SamplingState(GenerationRequest.plain("test", prompt, 1, parameters, Set.of()));
        for (int token : output) {
            state.generated(token);
        }
        return state;
    }

    private static float[] randomLogits(Random random, int vocabulary, float deviation) {
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = deviation * (float) random.nextGaussian();
        }
        return logits;
    }

    private static Set<Integer> possible(double[] distribution) {
        Set<Integer> tokens = new TreeSet<>();
        for (int token = 0; token < distribution.length; token++) {
            if (distribution[token] > 0) {
                tokens.add(token);
            }
        }
        return tokens;
    }

    private static Set<Integer> candidates(Sampler sampler) {
        Set<Integer> tokens = new TreeSet<>();
        for (int i = 0; i < sampler.candidates().size(); i++) {
            tokens.add(sampler.candidates().token(i));
        }
        return tokens;
    }

    private static SamplingParameters with(float temperature, int topK, float topP, float minP) {
        return new SamplingParameters(temperature, topK, topP, minP, 1, 0, 0, Map.of(), 0);
    }

    private static SamplingParameters biased(float temperature, Map<Integer, Float> bias) {
        return new SamplingParameters(temperature, 0, 1, 0, 1, 0, 0, bias, 0);
    }

    private static SamplingParameters withSeed(SamplingParameters p, long seed) {
        return new SamplingParameters(
                p.temperature(),
                p.topK(),
                p.topP(),
                p.minP(),
                p.repetitionPenalty(),
                p.frequencyPenalty(),
                p.presencePenalty(),
                p.logitBias(),
                seed);
    }
}
