package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.layers.DecoderLayer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TorchScriptTest {
    private final NDManager scope = Torch.newScope("cpu");
    private final TorchScript kernels = TorchScript.load(scope, DecoderLayer.class, "decoder.py");

    @AfterEach
    void closeScope() {
        kernels.close();
        scope.close();
    }

    @Test
    void aFailingKernelIsAnExceptionAndTheNextCallWorks() {
        NDArray gate = scope.ones(new Shape(2, 3));

        assertThatThrownBy(() -> kernels.call("swiglu", gate, scope.ones(new Shape(5))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("size of tensor");
        assertThatThrownBy(() -> kernels.run(scope, "swiglu", gate, scope.ones(new Shape(5))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("size of tensor");

        assertThat(kernels.call("swiglu", gate, gate).getFloat(0, 0)).isEqualTo((float) (1 / (1 + Math.exp(-1))));
    }

    @Test
    void anUnknownMethodIsNamed() {
        assertThatThrownBy(() -> kernels.run(scope, "gelu", scope.ones(new Shape(1))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("gelu");
    }

    @SuppressWarnings("UnnecessaryStringBuilder") // Any type that is no tensor.
    @Test
    void anArgumentOfNoTensorTypeIsNamed() {
        assertThatThrownBy(() -> kernels.run(scope, "swiglu", new StringBuilder("text")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("text");
    }

    @Test
    void aMethodWithoutResultGivesNone() {
        NDArray tensor = scope.ones(new Shape(4));

        assertThat(kernels.run(scope, "zero", List.of(tensor))).isEmpty();
        assertThat(tensor.toFloatArray()).containsOnly(0);
    }

    @Test
    void aScriptThatDoesNotCompileIsAnException() {
        assertThatThrownBy(() -> TorchScript.load(scope, TorchScriptTest.class, "broken.py"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("no_such_function");
    }

    @Test
    void aClosedScriptLeavesOthersOfItsSourceUsable() {
        try (NDManager other = Torch.newScope("cpu")) {
            TorchScript.load(other, DecoderLayer.class, "decoder.py").close();
        }

        assertThat(kernels.call("swiglu", scope.ones(new Shape(1)), scope.ones(new Shape(1)))
                        .getFloat(0))
                .isEqualTo((float) (1 / (1 + Math.exp(-1))));
    }

    @Test
    void aMissingScriptIsNamed() {
        assertThatThrownBy(() -> TorchScript.load(scope, TorchScriptTest.class, "absent.py"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("absent.py");
    }
}
