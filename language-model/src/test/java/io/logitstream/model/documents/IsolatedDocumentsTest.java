package io.logitstream.model.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows whose documents do not see each other, in every family: compared with transformers 5.18, which takes
 * position_ids and a block-diagonal mask, and with each document alone.
 */
class IsolatedDocumentsTest {
    private static final Path FOLDERS = Path.of("src/test/resources/families");
    private static final Path CHECKPOINTS = Path.of("src/test/resources/checkpoints");
    private static final Path EXPECTED = Path.of("src/test/resources/isolated");
    private static final int END = 2;

    @ParameterizedTest
    @MethodSource("names")
    void logitsAreThoseOfTransformers(String name) {
        try (LanguageModel model = LanguageModels.load(FOLDERS.resolve(name), "cpu");
                SafeTensors expected = SafeTensors.open(EXPECTED.resolve(name + ".safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);
            NDArray fourth_BTV = expected.read(scope, "logits", DataType.FLOAT32);

            NDArray logits_NV = logits(model, ids_BT, documents(ids_BT), Precision.FLOAT32);

            NDArray reference_NV = fourth_BTV.reshape(-1, model.vocabularySize());
            assertThat(logits_NV.get("::4").sub(reference_NV).abs().max().getFloat())
                    .isLessThan(1e-4f);
        }
    }

    /** Rows as long as a mask, just longer and much longer; documents of one token, and longer than windows. */
    @ParameterizedTest
    @MethodSource("allFolders")
    void aDocumentInARowHasTheLogitsOfTheDocumentAlone(Path folder) {
        Random random = new Random(folder.getFileName().hashCode());
        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            requireSame(model, random, 40, 4, Precision.FLOAT32, 1e-5f);
            for (int positions : new int[] {128, 129, 250}) {
                if (positions <= model.longestContext()) {
                    requireSame(model, random, positions, 40, Precision.FLOAT32, 1e-5f);
                }
            }
            requireSame(model, random, 100, 20, Precision.BFLOAT16, 0.1f);
        }
    }

    /** The tolerance is relative to the largest logit where that is above 1: results are rounded to its size. */
    private static void requireSame(
            LanguageModel model, Random random, int positions, int mean, Precision precision, float tolerance) {
        long[] ids = random.longs(2L * positions, 0, model.vocabularySize())
                .map(id -> random.nextInt(mean) == 0 ? END : id == END ? 3 : id)
                .toArray();
        try (NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.create(ids, new Shape(2, positions));
            DocumentLengths documents = documents(ids_BT);
            NDArray row_NV = logits(model, ids_BT, documents, precision);
            float largest = Math.max(1, row_NV.abs().max().getFloat());
            int at = 0;
            for (int length : documents.all()) {
                NDArray document_BT = scope.create(Arrays.copyOfRange(ids, at, at + length), new Shape(1, length));
                NDArray alone_NV = logits(model, document_BT, DocumentLengths.joined(1, length), precision);
                NDArray difference_NV =
                        row_NV.get(at + ":" + (at + length)).sub(alone_NV).abs();
                assertThat(difference_NV.max().getFloat() / largest)
                        .as(at + " to " + (at + length) + " of rows of " + positions)
                        .isLessThan(tolerance);
                at += length;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear-4",
                "llama3-4",
                "mistral-window",
                "qwen2-window",
                "qwen3-window",
                "glm-partial-linear-4",
                "glm4-yarn",
                "olmo2",
                "smollm3-window"
            })
    void gradientsAreThoseOfTransformersWithAndWithoutRecomputation(String name) {
        try (LanguageModel model = LanguageModels.load(FOLDERS.resolve(name), "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                SafeTensors expected = SafeTensors.open(EXPECTED.resolve(name + ".safetensors"));
                NDManager scope = model.newScope()) {
            NDArray ids_BT = expected.read(scope, "input_ids", DataType.INT64);

            backward(model, ids_BT, true);
            List<String> withGradient = expected.names().stream()
                    .filter(key -> key.startsWith("gradient."))
                    .map(key -> key.substring("gradient.".length()))
                    .toList();
            List<float[]> recomputed = withGradient.stream()
                    .map(weight -> optimizer.gradient(weight).toFloatArray())
                    .toList();
            optimizer.zeroGradients();
            backward(model, ids_BT, false);

            assertThat(withGradient).hasSizeGreaterThan(model.weights().size() - 2);
            for (int i = 0; i < withGradient.size(); i++) {
                NDArray gradient = optimizer.gradient(withGradient.get(i));
                NDArray reference = expected.read(scope, "gradient." + withGradient.get(i), DataType.FLOAT32);
                float largest = Math.max(1, reference.abs().max().getFloat());
                assertThat(gradient.sub(reference).abs().max().getFloat())
                        .as(withGradient.get(i))
                        .isLessThan(1e-4f * largest);
                assertThat(gradient.toFloatArray()).as(withGradient.get(i)).isEqualTo(recomputed.get(i));
            }
        }
    }

    @Test
    void aTorchScriptModelReadsARowAsOneTextAndSaysSo() {
        Path file = Path.of("src/test/resources/torchscript/model.pt");
        try (CausalModel model = CausalModels.open(file, "cpu", true);
                NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.create(new long[] {1, END, 3}, new Shape(1, 3));

            assertThat(model.outputs(ids_BT, DocumentLengths.joined(1, 3), 50, Precision.FLOAT32))
                    .isNotNull();
            assertThatThrownBy(() -> model.outputs(ids_BT, documents(ids_BT), 50, Precision.FLOAT32))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(file.toAbsolutePath().toString(), "one text", "corpus.documents");
        }
    }

    private static NDArray logits(LanguageModel model, NDArray ids_BT, DocumentLengths documents, Precision precision) {
        CausalModel.Outputs outputs = model.outputs(ids_BT, documents, model.vocabularySize(), precision);
        return outputs.weight_VD().isEmpty()
                ? outputs.values_N()
                : outputs.values_N().matMul(outputs.weight_VD().get(0).transpose());
    }

    private static void backward(LanguageModel model, NDArray ids_BT, boolean recompute) {
        Torch.recordGradients(true);
        try (NDManager scope = model.newScope()) {
            NDArray ids = ids_BT.duplicate();
            ids.attach(scope);
            ForwardPass forward = model.forward(ids, documents(ids_BT), recompute, Precision.FLOAT32);
            forward.backward(scope.ones(forward.hidden_BTD().getShape()));
        } finally {
            Torch.recordGradients(false);
        }
    }

    private static DocumentLengths documents(NDArray ids_BT) {
        long[] ids = ids_BT.toLongArray();
        int rows = (int) ids_BT.getShape().get(0);
        int positions = ids.length / rows;
        int[] tokens = new int[rows * (positions + 1)];
        for (int i = 0; i < ids.length; i++) {
            tokens[i / positions * (positions + 1) + i % positions] = (int) ids[i];
        }
        return DocumentLengths.of(tokens, rows, END);
    }

    private static Stream<Path> allFolders() throws IOException {
        return Stream.concat(
                names().map(FOLDERS::resolve),
                Stream.of("llama", "llama3-rope-tied", "llama-bf16-sharded", "mistral", "qwen2", "qwen3", "glm", "glm4")
                        .map(CHECKPOINTS::resolve));
    }

    private static Stream<String> names() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDERS)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }
}
