package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.Losses;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings under which losses have equal gradients, or none. */
class EqualLossesTest extends HeadFixture {
    @Test
    void aDecoupledTailAtTemperatureOneIsTheBucket() {
        TrainingBatch batch = SampleBatches.random(3, 9, 60, 9, 1);
        for (LossConfig.Kind kind : LossConfig.Kind.values()) {
            float[] bucket = gradients(
                    batch, Losses.of("tail", "bucket", "temperature", 1).withKind(kind));
            float[] decoupled = gradients(
                    batch, Losses.of("tail", "decoupled", "temperature", 1).withKind(kind));

            assertClose(decoupled, doubles(bucket), 1e-5, kind.name());
        }
    }

    @Test
    void routingToEveryPositionIsNoRoutingToTheBitAndToNoneTheTextAlone() {
        TrainingBatch batch = SampleBatches.random(3, 9, 60, 9, 1);
        for (String tail : List.of("renormalise", "bucket", "none", "decoupled")) {
            for (String kind : List.of("kld", "reverse-kl")) {
                float[] all = gradients(batch, Losses.of("kind", kind, "tail", tail));
                float[] routed =
                        gradients(batch, Losses.of("kind", kind, "tail", tail, "routing", Map.of("aboveQuantile", 0)));
                float[] none = gradients(
                        batch, Losses.of("kind", kind, "tail", tail, "routing", Map.of("by", "tail-mass", "above", 2)));
                float[] text = gradients(batch, Losses.of("kind", kind, "tail", tail, "alpha", 0), 0);

                assertThat(routed).isEqualTo(all);
                assertClose(none, doubles(text), 1e-6, tail);
            }
        }
    }

    @Test
    void nllAndKldHaveTheSameGradientToTheBit() {
        TrainingBatch batch = SampleBatches.random(3, 9, 60, 9, 1);
        for (String tail : List.of("renormalise", "bucket", "none")) {
            float[] nll = gradients(batch, Losses.of("kind", "nll", "tail", tail));
            float[] kld = gradients(batch, Losses.of("kind", "kld", "tail", tail));

            assertThat(nll).isEqualTo(kld);
        }
    }

    @Test
    void aBatchGivesTheSameBitsEachTimeAlsoWhereTheTextsTokensAreAmongTheKept() {
        TrainingBatch batch = SampleBatches.random(8, 257, 60, 50, 1);
        float[] first = gradients(batch, Losses.of("kind", "kld"));

        for (int i = 0; i < 20; i++) {
            assertThat(gradients(batch, Losses.of("kind", "kld"))).isEqualTo(first);
        }
    }

    @Test
    void lossesThatNeedNoStatisticsAreTheSameToTheBitWithoutThem() {
        TrainingBatch batch = SampleBatches.random(3, 9, 60, 9, 2);
        TrainingBatch served = SampleBatches.withoutStatistics(batch);
        for (LossConfig loss : List.of(
                Losses.of("kind", "kld"),
                Losses.of("kind", "mse"),
                Losses.of("kind", "jsd", "tail", "bucket", "temperature", 2, "temperatureSquared", true),
                Losses.of("kind", "reverse-kl", "normalise", "support", "adaptiveTemperature", "wttm"))) {
            assertThat(loss.mismatch(served.logits())).isNull();
            assertThat(gradients(served, loss)).as(loss.toString()).isEqualTo(gradients(batch, loss));
        }
    }

    @Test
    void aStudentThatIsItsTeacherHasNoDivergenceAndNoGradient() {
        int vocabulary = 40;
        for (LossConfig.Kind kind : LossConfig.Kind.values()) {
            for (LossConfig loss : List.of(
                    Losses.of("tail", "bucket", "temperature", 1).withKind(kind),
                    Losses.of("tail", "decoupled", "temperature", 2).withKind(kind))) {
                withHead(vocabulary, true, loss, (model, optimizer, head, scope) -> {
                    NDArray hidden_ND = hidden(scope, 8);
                    TrainingBatch batch = SampleBatches.ofStudent(
                            hidden_ND.toFloatArray(), model.outputWeight().toFloatArray(), HIDDEN, 5);

                    LossTerms sums = head.apply(hidden_ND, targets(scope, batch), batch, 1, 1);

                    if (kind != LossConfig.Kind.NLL) {
                        assertThat(sums.kd()).as(kind.name()).isCloseTo(0, within(1e-5));
                    }
                    for (float value : sums.hiddenGradient_ND().toFloatArray()) {
                        assertThat(value).as(kind.name()).isCloseTo(0, within(1e-6f));
                    }
                });
            }
        }
    }

    private static float[] gradients(TrainingBatch batch, LossConfig loss) {
        return gradients(batch, loss, 0.9);
    }

    private static float[] gradients(TrainingBatch batch, LossConfig loss, double alpha) {
        float[][] result = new float[1][];
        withHead(60, true, loss, (model, optimizer, head, scope) -> {
            head.apply(hidden(scope, batch.predicted()), targets(scope, batch), batch, alpha, SCALE);
            result[0] = optimizer.gradient(WeightShapes.output(model.config())).toFloatArray();
        });
        return result[0];
    }
}
