package io.logitstream.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ContextLimitTest {
    @Test
    void aContextOfTheModelsOwnLengthIsRead() {
        try (LanguageModel model = LanguageModels.create(config(16, new RopeScaling.None()), 1, "cpu");
                NDManager scope = model.newScope()) {
            model.requireContext(16);

            assertThat(model.logits(scope.zeros(new Shape(1, 16), DataType.INT64))
                            .getShape())
                    .isEqualTo(new Shape(1, 16, 20));
        }
    }

    @Test
    void aLongerContextIsRefusedByEveryForwardPass() {
        try (LanguageModel model = LanguageModels.create(config(16, new RopeScaling.None()), 1, "cpu");
                NDManager scope = model.newScope()) {
            List<Runnable> passes = List.of(
                    () -> model.requireContext(17),
                    () -> model.logits(scope.zeros(new Shape(1, 17), DataType.INT64)),
                    () -> model.outputs(scope.zeros(new Shape(1, 17), DataType.INT64), 20),
                    () -> model.hidden(scope.zeros(new Shape(1, 17), DataType.INT64), model.newCache(1, 17)));

            for (Runnable pass : passes) {
                assertThatThrownBy(pass::run)
                        .isInstanceOf(ModelException.class)
                        .hasMessageContainingAll("17 positions", "16", "max_position_embeddings")
                        .hasMessageNotContaining("\n");
            }
        }
    }

    @Test
    void aModelInTrainingIsMadeForTheLongestContextItSees() {
        try (LanguageModel model = LanguageModels.create(config(16, new RopeScaling.None()), 1, "cpu");
                NDManager scope = model.newScope()) {
            NDArray longer_BT = scope.zeros(new Shape(1, 20), DataType.INT64);
            assertThat(model.outputsOfAnyLength(longer_BT, DocumentLengths.joined(1, 20), 20, Precision.FLOAT32)
                            .values_N()
                            .getShape()
                            .get(0))
                    .isEqualTo(20);

            model.forward(scope.zeros(new Shape(1, 3), DataType.INT64), false, Precision.FLOAT32);
            assertThat(model.config().maxPositions()).isEqualTo(16);
            model.forward(longer_BT, false, Precision.FLOAT32);

            assertThat(model.config().maxPositions()).isEqualTo(20);
            assertThat(model.logits(longer_BT).getShape().get(1)).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @MethodSource("stretched")
    void aStretchedRotaryEmbeddingIsReadFurtherWithAWarning(RopeScaling scaling) {
        // A different length in each case, because a warning is logged once in a process.
        int maxPositions = 100 + stretched().indexOf(scaling);
        ModelConfig config = config(maxPositions, scaling);

        assertThat(Log.of(() -> ContextLimit.require(config, maxPositions))).isEmpty();
        String log = Log.of(() -> ContextLimit.require(config, 5000));
        assertThat(log.lines()).hasSize(1);
        assertThat(log).contains("longer than the " + maxPositions + " positions", "max_position_embeddings");
        assertThat(Log.of(() -> ContextLimit.require(config, 6000))).isEmpty();
    }

    private static List<RopeScaling> stretched() {
        return List.of(
                new RopeScaling.Linear(4),
                new RopeScaling.Dynamic(2, 100),
                new RopeScaling.Llama3(8, 1, 4, 64),
                new RopeScaling.Yarn(4, 32, 1, 20, true, 1));
    }

    @Test
    void yarnReachesAsFarAsItsFactorSays() {
        ModelConfig config = config(90, new RopeScaling.Yarn(4, 32, 1, 90, true, 1));

        assertThat(Log.of(() -> ContextLimit.require(config, 360))).isEmpty();
        assertThat(Log.of(() -> ContextLimit.require(config, 361))).contains("90 positions");
    }

    private static ModelConfig config(int maxPositions, RopeScaling scaling) {
        return new ModelConfig(
                20,
                16,
                24,
                1,
                2,
                1,
                8,
                maxPositions,
                1e-6,
                new RopeConfig(10000, 1, false, scaling),
                true,
                false,
                false,
                0);
    }
}
