package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.TrainingBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Losses and gradients against PyTorch's autograd; the fixture is made by src/test/python/make_loss_fixture.py. */
class LossReferenceTest {
    private static final Path FIXTURE = Path.of("src/test/resources/losses");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double ALPHA = 0.7;
    private static final double TOLERANCE = 2e-5;

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void everyLossIsThatOfPyTorchInValueAndGradient() throws IOException {
        List<JsonNode> cases = new ArrayList<>();
        JSON.readTree(FIXTURE.resolve("losses.json").toFile()).forEach(cases::add);
        assertThat(cases).hasSizeGreaterThan(80);
        try (SafeTensors expected = SafeTensors.open(FIXTURE.resolve("expected.safetensors"))) {
            for (int i = 0; i < cases.size(); i++) {
                assertIsThatOfPyTorch(expected, i, JSON.treeToValue(cases.get(i), LossConfig.class));
            }
        }
    }

    private static void assertIsThatOfPyTorch(SafeTensors expected, int index, LossConfig loss) {
        try (NDManager scope = Torch.newScope("cpu")) {
            float[] weight = floats(expected, scope, "weight");
            NDArray hidden_ND = expected.read(scope, "hidden", DataType.FLOAT32);
            int size = (int) hidden_ND.getShape().get(1);
            int vocabulary = weight.length / size;
            StudentConfig shape = new StudentConfig(size, 1, 1, 1, 4, false, null);
            try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, 8, 0), 1, "cpu");
                    AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0, 1));
                    DistillationHead head = new DistillationHead(model, optimizer, loss, Precision.FLOAT32)) {
                model.outputWeight().set(weight);
                TrainingBatch batch = batch(expected, scope);
                NDArray targets_N1 = scope.create(
                        Arrays.stream(DenseLoss.targets(batch)).asLongStream().toArray(),
                        new Shape(batch.predicted(), 1));

                LossTerms sums = head.apply(hidden_ND, targets_N1, batch, ALPHA, 1);

                float[] losses = floats(expected, scope, index + ".losses");
                assertThat(sums.lm()).isCloseTo(losses[0], within(TOLERANCE * Math.abs(losses[0])));
                assertThat(sums.kd())
                        .as(loss.toString())
                        .isCloseTo(losses[1], within(TOLERANCE * Math.max(1, Math.abs(losses[1]))));
                assertThat(sums.lmElsewhere()).as(loss.toString()).isCloseTo(losses[2], within(TOLERANCE * losses[0]));
                assertThat(sums.routed()).as(loss.toString()).isEqualTo((int) losses[3]);
                assertClose(sums.hiddenGradient_ND().toFloatArray(), floats(expected, scope, index + ".hidden"), loss);
                assertClose(
                        optimizer.gradient("lm_head.weight").toFloatArray(),
                        floats(expected, scope, index + ".weight"),
                        loss);
            }
        }
    }

    private static void assertClose(float[] actual, float[] expected, LossConfig loss) {
        float largest = 1;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).as(loss + " at " + i).isLessThan((float) TOLERANCE * largest);
        }
    }

    private static TrainingBatch batch(SafeTensors expected, NDManager scope) {
        int[] counts = expected.read(scope, "counts", DataType.INT32).toIntArray();
        int[] ids = expected.read(scope, "ids", DataType.INT32).toIntArray();
        NDArray tokens = expected.read(scope, "tokens", DataType.INT32);
        SparseLogits logits = new SparseLogits();
        logits.resize(counts.length, ids.length);
        for (int i = 0; i < counts.length; i++) {
            logits.offsets()[i + 1] = logits.offsets()[i] + counts[i];
        }
        System.arraycopy(ids, 0, logits.ids(), 0, ids.length);
        copy(floats(expected, scope, "log_probs"), logits.logProbs());
        copy(floats(expected, scope, "tail"), logits.tailMass());
        copy(floats(expected, scope, "log_sum_exp"), logits.logSumExp());
        copy(floats(expected, scope, "deviation"), logits.standardDeviation());
        copy(floats(expected, scope, "entropy"), logits.entropy());
        return new TrainingBatch(
                new BatchKey("fixture", 0, 0),
                0,
                0,
                (int) tokens.getShape().get(0),
                (int) tokens.getShape().get(1),
                tokens.toIntArray(),
                logits);
    }

    private static void copy(float[] from, float[] to) {
        System.arraycopy(from, 0, to, 0, from.length);
    }

    private static float[] floats(SafeTensors file, NDManager scope, String name) {
        return file.read(scope, name, DataType.FLOAT32).toFloatArray();
    }
}
