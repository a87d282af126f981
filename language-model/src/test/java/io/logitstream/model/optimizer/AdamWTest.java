package io.logitstream.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Comparison with AdamW of PyTorch; the fixture comes from src/test/python/make_adamw_fixture.py. */
public class AdamWTest {
    private static final Path FIXTURE = Path.of("src/test/resources/adamw");
    private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1);
    private static final double[] LEARNING_RATES = {1e-2, 3e-2, 5e-3};

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void threeStepsAreThoseOfPyTorch() {
        try (SafeTensors steps = SafeTensors.open(FIXTURE.resolve("steps.safetensors"));
                LanguageModel model = LanguageModels.load(FIXTURE, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS);
                NDManager scope = model.newScope()) {
            for (int i = 0; i < 3; i++) {
                float norm = step(model, optimizer, steps, i);

                float expected =
                        steps.read(scope, "norm." + i, DataType.FLOAT32).getFloat();
                assertThat(norm).isCloseTo(expected, within(1e-6f * Math.max(1, expected)));
            }

            assertThat(optimizer.steps()).isEqualTo(3);
            model.weights().forEach((name, weight) -> {
                NDArray expected = steps.read(scope, "expected." + name, DataType.FLOAT32);
                assertThat(weight.sub(expected).abs().max().getFloat()).as(name).isLessThan(1e-6f);
            });
        }
    }

    @Test
    void aRestoredOptimizerContinuesBitForBit(@TempDir Path folder) throws IOException {
        try (SafeTensors steps = SafeTensors.open(FIXTURE.resolve("steps.safetensors"));
                LanguageModel model = LanguageModels.load(FIXTURE, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS)) {
            step(model, optimizer, steps, 0);
            step(model, optimizer, steps, 1);
            LanguageModels.save(model, folder, DataType.FLOAT32);
            SafeTensorsWriter.write(folder.resolve("moments.safetensors"), optimizer.state(), null);
            step(model, optimizer, steps, 2);

            try (LanguageModel resumed = LanguageModels.load(folder, "cpu");
                    AdamW restored = new AdamW(resumed, SETTINGS);
                    SafeTensors moments = SafeTensors.open(folder.resolve("moments.safetensors"))) {
                restored.restore(moments, 2);
                collectGarbage();
                step(resumed, restored, steps, 2);

                model.weights()
                        .forEach((name, weight) -> assertThat(
                                        resumed.weights().get(name).toByteBuffer())
                                .as(name)
                                .isEqualTo(weight.toByteBuffer()));
                optimizer
                        .state()
                        .forEach((name, moment) -> assertThat(
                                        restored.state().get(name).toByteBuffer())
                                .as(name)
                                .isEqualTo(moment.toByteBuffer()));
                assertThat(restored.steps()).isEqualTo(3);
            }
        }
    }

    // Moments in Java's own memory would be overwritten after a garbage collection.
    private static void collectGarbage() {
        for (int i = 0; i < 20; i++) {
            System.gc();
            for (int size = 16; size < 4096; size += 16) {
                ByteBuffer.allocateDirect(size).put(0, (byte) 77);
            }
        }
    }

    @Test
    void momentsOfAnotherModelAreRefusedAndChangeNothing(@TempDir Path folder) throws IOException {
        try (LanguageModel model = LanguageModels.load(FIXTURE, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS);
                NDManager scope = model.newScope()) {
            Map<String, NDArray> moments = new LinkedHashMap<>();
            optimizer.state().forEach((name, moment) -> moments.put(name, scope.ones(moment.getShape())));
            moments.put("model.norm.weight.variance", scope.ones(new Shape(2, 4)));
            Path file = folder.resolve("moments.safetensors");
            SafeTensorsWriter.write(file, moments, null);

            try (SafeTensors saved = SafeTensors.open(file)) {
                assertThatThrownBy(() -> optimizer.restore(saved, 5))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContainingAll(file.toString(), "model.norm.weight.variance", "(2, 4)", "(8)");
            }
            assertThat(optimizer.steps()).isZero();
            optimizer
                    .state()
                    .forEach((name, moment) ->
                            assertThat(moment.abs().max().getFloat()).as(name).isZero());
        }
    }

    @Test
    void gradientsAreGatheredUntilTheyAreZeroed() {
        try (LanguageModel model = LanguageModels.load(FIXTURE, "cpu");
                AdamW optimizer = new AdamW(model, SETTINGS);
                NDManager scope = model.newScope()) {
            NDArray ids = scope.create(new long[] {1, 2, 3}, new Shape(1, 3));
            backward(model, ids);
            Map<String, float[]> once = new LinkedHashMap<>();
            model.weights()
                    .keySet()
                    .forEach(name -> once.put(name, optimizer.gradient(name).toFloatArray()));

            backward(model, ids);

            once.forEach((name, gradient) -> {
                float[] twice = optimizer.gradient(name).toFloatArray();
                for (int i = 0; i < twice.length; i++) {
                    assertThat(twice[i]).as(name).isEqualTo(2 * gradient[i]);
                }
            });
            assertThat(optimizer.gradientNorm(scope).getFloat()).isPositive();
            optimizer.zeroGradients();
            assertThat(optimizer.gradientNorm(scope).getFloat()).isZero();
        }
    }

    public static void backward(LanguageModel model, NDArray ids_BT) {
        Torch.recordGradients(true);
        try (NDManager scope = model.newScope()) {
            NDArray ids = ids_BT.duplicate();
            ids.attach(scope);
            ForwardPass forward = model.forward(ids, false, Precision.FLOAT32);
            forward.backward(scope.ones(forward.hidden_BTD().getShape()));
        } finally {
            Torch.recordGradients(false);
        }
    }

    private static float step(LanguageModel model, AdamW optimizer, SafeTensors steps, int number) {
        try (NDManager scope = model.newScope()) {
            model.weights()
                    .keySet()
                    .forEach(name -> optimizer
                            .gradient(name)
                            .set(steps.read(scope, "gradient." + number + "." + name, DataType.FLOAT32)
                                    .toByteBuffer()));
            NDArray norm = optimizer.gradientNorm(scope);
            optimizer.step(norm, LEARNING_RATES[number]);
            return norm.getFloat();
        }
    }
}
