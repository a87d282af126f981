package io.logitstream.model.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.layers.LayerObserver;
import io.logitstream.model.libtorch.Torch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Importance of layers, of a model of five layers whose weights are large enough for the layers to matter. */
class DepthCriterionTest {
    private static final int LENGTH = 12;

    private LanguageModel model;
    private Calibration calibration;

    @BeforeEach
    void open() {
        Torch.start(1);
        ModelConfig config =
                new ModelConfig(40, 16, 24, 5, 4, 2, 4, 32, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        model = LanguageModels.create(config, 3, "cpu");
        Random random = new Random(5);
        model.weights().forEach((name, weight) -> {
            float[] values = new float[(int) weight.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (name.endsWith("norm.weight") ? 1 : 0) + 0.3f * (float) random.nextGaussian();
            }
            try (NDArray larger = weight.getManager().create(values, weight.getShape())) {
                larger.copyTo(weight);
            }
        });
        int[] tokens = random.ints(3 * LENGTH, 0, 40).toArray();
        calibration = new Calibration(List.of(new CalibrationBatch(3, LENGTH, tokens)), 40, what -> {});
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void theLossCriterionIsTheIncreaseOfTheLossWithoutTheLayer() {
        double[] importance =
                calibration.importance(model, DepthCriterion.LOSS, 4).layers();

        for (int layer = 0; layer < 5; layer++) {
            try (LanguageModel shorter = without(layer)) {
                assertThat(importance[layer])
                        .isCloseTo(calibration.loss(shorter) - calibration.loss(model), within(1e-9));
            }
        }
        assertThat(importance[0]).isNotCloseTo(importance[1], within(1e-3));
    }

    private LanguageModel without(int removed) {
        Map<String, NDArray> weights = new HashMap<>();
        model.weights().forEach((name, weight) -> {
            String[] parts = name.split("\\.", 4);
            if (!parts[1].equals("layers")) {
                weights.put(name, weight);
            } else if (Integer.parseInt(parts[2]) != removed) {
                int layer = Integer.parseInt(parts[2]);
                weights.put("model.layers." + (layer > removed ? layer - 1 : layer) + "." + parts[3], weight);
            }
        });
        ModelConfig config =
                new ModelConfig(40, 16, 24, 4, 4, 2, 4, 32, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        return model.view(config, weights, LayerObserver.NONE);
    }

    @Test
    void theImportanceOfABlockIsOneMinusTheMeanCosineOverIt() {
        List<float[]> streams = streams();

        double[] ofLayers =
                calibration.importance(model, DepthCriterion.COSINE, 2).layers();
        double[] ofBlocks =
                calibration.importance(model, DepthCriterion.BLOCK, 2).layers();

        assertThat(ofLayers).hasSize(5);
        assertThat(ofBlocks).hasSize(3);
        IntStream.range(0, 5)
                .forEach(i -> assertThat(ofLayers[i])
                        .isCloseTo(1 - cosine(streams.get(i), streams.get(i + 1)), within(1e-6)));
        IntStream.range(0, 3)
                .forEach(i -> assertThat(ofBlocks[i])
                        .isCloseTo(1 - cosine(streams.get(i), streams.get(i + 3)), within(1e-6)));
    }

    // The residual stream before each layer, and after the last one.
    private List<float[]> streams() {
        List<float[]> streams = new ArrayList<>();
        LayerObserver observer = new LayerObserver() {
            @Override
            public void layer(int layer, NDArray input_BTD, NDArray output_BTD) {
                if (layer == 0) {
                    streams.add(input_BTD.toFloatArray());
                }
                streams.add(output_BTD.toFloatArray());
            }
        };
        CalibrationBatch batch = calibration.batches().get(0);
        try (LanguageModel observed = model.view(model.config(), model.weights(), observer);
                NDManager scope = model.newScope()) {
            long[] ids = IntStream.range(0, 3 * LENGTH)
                    .filter(i -> i % LENGTH < LENGTH - 1)
                    .mapToLong(i -> batch.tokens()[i])
                    .toArray();
            observed.hidden(scope.create(ids, new Shape(3, LENGTH - 1)));
        }
        return streams;
    }

    private static double cosine(float[] one, float[] other) {
        double sum = 0;
        int positions = one.length / 16;
        for (int position = 0; position < positions; position++) {
            double product = 0;
            double size = 0;
            double otherSize = 0;
            for (int i = 16 * position; i < 16 * position + 16; i++) {
                product += (double) one[i] * other[i];
                size += (double) one[i] * one[i];
                otherSize += (double) other[i] * other[i];
            }
            sum += product / Math.sqrt(size * otherSize);
        }
        return sum / positions;
    }
}
