package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.huggingface.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of an unsupported family, saved by PyTorch 2.13 with its logits. */
class TorchScriptModelTest {
    private static final Path FOLDER = Path.of("src/test/resources/torchscript");
    private static final Path FILE = FOLDER.resolve("model.pt");

    @Test
    void logitsAreThoseOfPyTorchWithoutThePaddingOfTheVocabulary() {
        try (CausalModel model = CausalModels.open(FILE, "cpu", true);
                SafeTensors expected = SafeTensors.open(FOLDER.resolve("expected.safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray logits_NV = expected.read(scope, "logits", DataType.FLOAT32).reshape(24, 64);

            CausalModel.Outputs all = model.outputs(ids_BT, 64);
            CausalModel.Outputs used = model.outputs(ids_BT, 50);

            assertThat(model.vocabularySize()).isEqualTo(64);
            assertThat(all.weight_VD()).isEmpty();
            assertThat(all.values_N().sub(logits_NV).abs().max().getFloat()).isLessThan(1e-5f);
            assertThat(used.values_N().sub(logits_NV.get(":, 0:50")).abs().max().getFloat())
                    .isLessThan(1e-5f);
        }
    }

    @Test
    void itIsOpenedOnlyWhenAskedFor() {
        assertThatThrownBy(() -> CausalModels.open(FILE, "cpu", false))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(FILE.toString(), "code", "teach.torchScript: true");
    }

    @Test
    void whereAFamilyIsNeededItIsRefused() {
        assertThatThrownBy(() -> LanguageModels.load(FILE, "cpu"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(FILE.toString(), "TorchScript, which can only teach");
    }

    @Test
    void aFileThatIsNoTorchScriptIsNamedInOneLine(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("broken.pt"), new byte[100]);

        assertThatThrownBy(() -> CausalModels.open(file, "cpu", true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> CausalModels.open(folder.resolve("absent.pt"), "cpu", true))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("absent.pt");
    }

    @Test
    void aScriptThatGivesNoLogitsIsRefusedWhenItIsOpened() {
        assertThatThrownBy(() -> CausalModels.open(FOLDER.resolve("no-logits.pt"), "cpu", true))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("no-logits.pt", "(1, 2)", "[B, T, V]");
    }

    @Test
    void aContextThatTheScriptCannotTakeIsAnErrorInOneLine() {
        try (CausalModel model = CausalModels.open(FILE, "cpu", true);
                NDManager scope = model.newScope()) {
            NDArray tooLong = scope.zeros(new Shape(1, 33), DataType.INT64);

            assertThatThrownBy(() -> model.outputs(tooLong, 64))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(FILE.toString(), "(1, 33)")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void theHashIsThatOfTheFile() throws IOException {
        assertThat(ModelWeights.hash(FILE)).hasSize(64).isNotEqualTo(ModelWeights.hash(FOLDER.resolve("no-logits.pt")));
    }
}
