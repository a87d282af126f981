package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Losses and gradients against {@link DenseLoss}, which forms every distribution over the whole vocabulary. */
class DistillationHeadTest extends HeadFixture {
    /** Logits of some -50 to 50, and a bound beyond what powers of two are taken of without a shift. */
    private static final double FAR = 400;

    private static final List<Map<String, Object>> ROUTINGS = List.of(
            Map.of("aboveQuantile", 0.4),
            Map.of("belowQuantile", 0.6),
            Map.of("above", 1, "below", 2.5),
            Map.of("by", "tail-mass", "below", 0.4),
            Map.of("by", "top-probability", "aboveQuantile", 0.2, "belowQuantile", 0.8),
            Map.of("by", "text-log-probability", "above", -3),
            Map.of("by", "text-log-probability", "belowQuantile", 0.5),
            Map.of("by", "support-size", "above", 3),
            Map.of("by", "position", "above", 0));

    @ParameterizedTest
    @EnumSource
    void everyLossIsItsDefinitionInValueAndGradient(LossConfig.Kind kind) {
        long seed = 0;
        int tried = 0;
        int refused = 0;
        for (String tail : List.of("renormalise", "bucket", "none", "decoupled")) {
            for (Map<String, Object> way : ways()) {
                Map<String, Object> tree = new HashMap<>(way);
                tree.put("kind", kind.name().toLowerCase(Locale.ROOT).replace('_', '-'));
                tree.put("tail", tail);
                tree.put("beta", 0.3);
                if (++tried % 3 == 0) {
                    tree.put("routing", ROUTINGS.get(tried / 3 % ROUTINGS.size()));
                }
                LossConfig loss;
                try {
                    loss = Losses.of(tree);
                } catch (IllegalArgumentException e) {
                    assertThat(e).rootCause().isInstanceOf(UsageException.class);
                    refused++;
                    continue;
                }
                Random random = new Random(++seed);
                int vocabulary = 11 + random.nextInt(30);
                TrainingBatch batch = SampleBatches.random(
                        1 + random.nextInt(2), 2 + random.nextInt(5), vocabulary, 1 + random.nextInt(10), seed);

                boolean tied = random.nextBoolean();
                double alpha = seed % 2 == 0 ? 0.6 : 1;
                Tiling tiling = random.nextBoolean() ? Tiling.of(vocabulary) : new Tiling(300, vocabulary / 3);
                double deviation = random.nextInt(3) == 0 ? FAR : NEAR;
                withHead(vocabulary, tied, loss, tiling, dense(batch, tied, loss, alpha, deviation));
            }
        }
        // A tail that is a class knows no softmax over the support (15 ways), and no tail no temperature (all ways but
        // 2). A decoupled one also refuses wttm (4 more ways), the square (4 more), and for mse the logits (4 more).
        int mse = kind == LossConfig.Kind.MSE ? 4 : 0;
        assertThat(refused).isEqualTo(15 + ways().size() - 2 + 15 + 5 + 4 + mse);
        assertThat(seed).isEqualTo(4L * ways().size() - refused);
    }

    private static List<Map<String, Object>> ways() {
        List<Map<String, Object>> ways = new ArrayList<>();
        for (String temperature : List.of("none", "normkd", "adakd-sd", "adakd-entropy", "wttm")) {
            for (double factor : new double[] {0.5, 1, 2}) {
                ways.add(Map.of("adaptiveTemperature", temperature, "temperature", factor));
                ways.add(Map.of(
                        "adaptiveTemperature",
                        temperature,
                        "temperature",
                        factor,
                        "normalise",
                        "support",
                        "temperStudent",
                        true));
            }
            ways.add(Map.of(
                    "adaptiveTemperature",
                    temperature,
                    "temperature",
                    1.5,
                    "temperStudent",
                    true,
                    "temperatureSquared",
                    true));
            ways.add(Map.of("adaptiveTemperature", temperature, "temperature", 1.5, "mseOn", "logits"));
        }
        return ways;
    }

    @Test
    void theTextAloneHasTheGradientOfItsOwnLossWhateverTheTail() {
        for (String tail : List.of("renormalise", "bucket", "none", "decoupled")) {
            assertDense(SampleBatches.random(2, 5, 19, 5, 1), 19, true, Losses.of("tail", tail), 0);
        }
    }

    @Test
    void theLossesOfARoutedBatchSayWhatWasLeftToTheText() {
        TrainingBatch batch = SampleBatches.random(3, 9, 60, 9, 1);
        LossConfig loss = Losses.of("routing", Map.of("by", "position", "above", 1, "below", 4));
        withHead(60, true, loss, (model, optimizer, head, scope) -> {
            NDArray hidden_ND = hidden(scope, batch.predicted());
            NDArray targets_N1 = targets(scope, batch);

            LossTerms terms = head.apply(hidden_ND, targets_N1, batch, 0.6, 1);

            DenseLoss all = DenseLoss.of(
                    hidden_ND.toFloatArray(), model.outputWeight().toFloatArray(), HIDDEN, batch, loss, 0.6, 1);
            double routedText = 0;
            for (int i = 0; i < batch.predicted(); i++) {
                routedText += i % 8 > 1 && i % 8 <= 4
                        ? -DenseLoss.logSoftmax(
                                hidden_ND.toFloatArray(),
                                i,
                                model.outputWeight().toFloatArray(),
                                HIDDEN)[batch.target(i)]
                        : 0;
            }
            assertThat(terms.routed()).isEqualTo(9);
            assertThat(terms.lmElsewhere()).isCloseTo(all.lm() - routedText, within(1e-3));
            assertThat(LossWeights.of(0.6).total(terms.lm(), terms.kd(), terms.lmElsewhere()))
                    .isCloseTo(0.4 * routedText + 0.6 * all.kd() + all.lm() - routedText, within(1e-3));
        });
    }

    @Test
    void sampledCountsAreTargetsAsTheyAre() {
        TrainingBatch batch = SampleBatches.sampled(2, 6, 30, 50, 1);

        assertDense(batch, 30, true, Losses.of("tail", "counts"), 0.9);
        assertDense(batch, 30, true, Losses.of("kind", "jsd", "tail", "counts"), 1);
    }

    @Test
    void positionsThatDoNotFillTheirLastChunkCountOnce() {
        int vocabulary = 8_000;
        LossConfig loss = Losses.of("temperature", 2);
        TrainingBatch first = SampleBatches.random(1, 201, vocabulary, 5, 1);
        TrainingBatch second = SampleBatches.random(1, 201, vocabulary, 5, 2);
        TrainingBatch both = SampleBatches.together(first, second);
        Tiling tiling = new Tiling(256, 4032);
        assertThat((long) both.predicted()).isGreaterThan(tiling.rows());
        assertThat((long) first.predicted()).isLessThan(tiling.rows());

        withHead(vocabulary, true, loss, tiling, (model, optimizer, head, scope) -> {
            NDArray hidden_ND = hidden(scope, both.predicted());
            NDArray targets_N1 = targets(scope, both);
            NDArray gradient = optimizer.gradient(WeightShapes.output(model.config()));
            LossTerms one = head.apply(hidden_ND.get("0:200").duplicate(), targets_N1.get("0:200"), first, 0.5, 1);
            LossTerms two = head.apply(hidden_ND.get("200:400").duplicate(), targets_N1.get("200:400"), second, 0.5, 1);
            float[] apart = gradient.toFloatArray();
            optimizer.zeroGradients();

            LossTerms sums = head.apply(hidden_ND, targets_N1, both, 0.5, 1);

            assertThat(sums.lm()).isCloseTo(one.lm() + two.lm(), within(1e-3));
            assertThat(sums.kd()).isCloseTo(one.kd() + two.kd(), within(1e-3));
            float[] hiddenGradient = sums.hiddenGradient_ND().toFloatArray();
            assertClose(
                    Arrays.copyOf(hiddenGradient, 200 * HIDDEN),
                    doubles(one.hiddenGradient_ND().toFloatArray()),
                    TOLERANCE,
                    "first");
            assertClose(
                    Arrays.copyOfRange(hiddenGradient, 200 * HIDDEN, 400 * HIDDEN),
                    doubles(two.hiddenGradient_ND().toFloatArray()),
                    TOLERANCE,
                    "second");
            assertClose(gradient.toFloatArray(), doubles(apart), TOLERANCE, "weight");
        });
    }

    @Test
    void aBatchWithoutATeacherHasTheLossOfTheTextAlone() {
        TrainingBatch batch = SampleBatches.random(2, 9, 50, 5, 1);

        withHead(50, true, LossConfig.defaults(), (model, optimizer, head, scope) -> {
            NDArray hidden = hidden(scope, batch.predicted());
            NDArray targets = targets(scope, batch);
            LossTerms with = head.apply(hidden, targets, batch, 0, SCALE);
            LossTerms without = head.apply(hidden, targets, SampleBatches.withoutLogits(batch), 0, SCALE);

            assertThat(without.kd()).isZero();
            assertThat(without.lm()).isEqualTo(with.lm());
            assertThat(without.hiddenGradient_ND().toFloatArray())
                    .isEqualTo(with.hiddenGradient_ND().toFloatArray());
        });
    }

    @Test
    void aRectangleOfTargetsThatIsTooLargeIsRefusedBeforeItIsMade() {
        int positions = 30_000;
        int vocabulary = 50_000;
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions - 1 + vocabulary);
        for (int i = 1; i < positions; i++) {
            logits.offsets()[i] = vocabulary + i - 1;
        }
        TrainingBatch batch = new TrainingBatch(new BatchKey("wide", 0, 3), 0, 0, 1, positions + 1, new int[0], logits);

        withHead(
                64,
                true,
                LossConfig.defaults(),
                (model, optimizer, head, scope) -> assertThatThrownBy(
                                () -> head.apply(scope.ones(new Shape(1)), null, batch, 1, 1))
                        .isInstanceOf(LogitstreamException.class)
                        .hasMessageContainingAll("wide/00000/0000003", "30000", "50000", "fewer rows"));
    }

    private static void assertDense(TrainingBatch batch, int vocabulary, boolean tied, LossConfig loss, double alpha) {
        withHead(vocabulary, tied, loss, dense(batch, tied, loss, alpha, NEAR));
    }

    private static Body dense(TrainingBatch batch, boolean tied, LossConfig loss, double alpha, double deviation) {
        return (model, optimizer, head, scope) -> {
            NDArray hidden_ND = hidden(scope, batch.predicted(), deviation);
            DenseLoss expected = DenseLoss.of(
                    hidden_ND.toFloatArray(), model.outputWeight().toFloatArray(), HIDDEN, batch, loss, alpha, SCALE);

            LossTerms sums = head.apply(hidden_ND, targets(scope, batch), batch, alpha, SCALE);

            String what = loss + ", alpha " + alpha + ", tied " + tied + ", deviation " + deviation;
            double scale = Math.max(deviation / NEAR, Math.abs(expected.kd() / batch.predicted()));
            assertThat(sums.lm() / batch.predicted())
                    .as(what)
                    .isCloseTo(expected.lm() / batch.predicted(), within(1e-5 * scale));
            assertThat(sums.kd() / batch.predicted())
                    .as(what)
                    .isCloseTo(expected.kd() / batch.predicted(), within(1e-5 * scale));
            double tolerance = TOLERANCE * deviation / NEAR;
            assertClose(
                    sums.hiddenGradient_ND().toFloatArray(),
                    expected.hiddenGradient(),
                    tolerance,
                    what + ", hidden gradient");
            assertClose(
                    optimizer.gradient(WeightShapes.output(model.config())).toFloatArray(),
                    expected.weightGradient(),
                    tolerance,
                    what + ", weight gradient");
        };
    }
}
