package io.logitstream.model.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddingSegmentTest {
    private static final ModelConfig CONFIG =
            new ModelConfig(40, 64, 64, 2, 4, 2, 16, 16, 1e-6, RopeConfig.plain(10000), true, true, true, 0);
    private static final int ROWS = 8;
    private static final int POSITIONS = 256;

    @BeforeEach
    void record() {
        Torch.start(2);
        Torch.recordGradients(true);
    }

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    @Test
    void gradientsOfTokensThatComeOftenAreAddedUpToTheSameBitsEachTime() {
        try (LanguageModel model = LanguageModels.create(CONFIG, 1, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                NDManager scope = model.newScope()) {
            String name = ModelFamilies.weightNames(model.config()).weight(WeightNames.Part.EMBEDDING);
            NDArray weight_VD = model.weights().get(name);
            int width = (int) weight_VD.getShape().get(1);
            Random random = new Random(1);
            long[] ids = random.longs((long) ROWS * POSITIONS, 0, 3).toArray();
            float[] gradient = new float[ids.length * width];
            double[] expected = new double[3 * width];
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) random.nextGaussian();
                expected[(int) ids[i / width] * width + i % width] += gradient[i];
            }

            byte[] first = null;
            for (int i = 0; i < 50; i++) {
                optimizer.zeroGradients();
                EmbeddingSegment part = new EmbeddingSegment(model.kernels(), weight_VD);
                try (TrainingSegment.Recorded recorded = part.record(scope.create(ids, new Shape(ROWS, POSITIONS)))) {
                    recorded.backward(scope.create(gradient, new Shape(ROWS, POSITIONS, width)));
                }
                float[] sums = optimizer.gradient(name).toFloatArray();
                for (int j = 0; j < expected.length; j++) {
                    assertThat((double) sums[j]).isCloseTo(expected[j], within(1e-3));
                }
                byte[] bytes = optimizer.gradient(name).toByteArray();
                first = first == null ? bytes : first;
                assertThat(bytes).isEqualTo(first);
            }
        }
    }
}
