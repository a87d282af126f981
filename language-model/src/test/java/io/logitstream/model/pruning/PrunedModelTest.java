package io.logitstream.model.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.layers.LayerObserver;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pruned models of all families, against transformers (see make_pruning_fixtures.py) and against masked models. */
class PrunedModelTest {
    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @BeforeAll
    static void startTorch() {
        Torch.start(1);
    }

    static Stream<String> models() throws IOException {
        try (Stream<Path> files = Files.list(RESOURCES.resolve("pruned"))) {
            return files
                    .map(file -> file.getFileName().toString().replace(".safetensors", ""))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void importanceAndLossesAreThoseOfTransformers(String name) {
        Expected expected = new Expected(name);
        try (LanguageModel model = LanguageModels.load(source(name), "cpu")) {
            Importance importance = expected.calibration.importance(
                    model, DepthCriterion.COSINE, expected.kept.layers().size());

            assertClose(importance.layers(), expected.doubles("importance.layers"));
            assertClose(flat(importance.neurons()), expected.doubles("importance.neurons"));
            assertClose(flat(importance.groups()), expected.doubles("importance.groups"));
            assertClose(importance.channels(), expected.doubles("importance.channels"));
            assertThat(expected.calibration.loss(model)).isCloseTo(expected.doubles("loss.before")[0], within(1e-5));
            PrunedSizes sizes = new PrunedSizes(
                    expected.kept.layers().size(),
                    expected.kept.neurons().get(0).size(),
                    expected.kept.groups().get(0).size(),
                    expected.kept.channels().size());
            assertThat(KeptParts.of(importance, DepthCriterion.COSINE, model.config(), sizes))
                    .isEqualTo(expected.kept);
        }
    }

    @Test
    void aConfigThatWouldDescribeAnotherModelIsRefusedWithTheKey() {
        Path llama = RESOURCES.resolve("checkpoints/llama");
        ModelConfig other = LanguageModels.config(llama).withEndOfText(7);

        assertThatThrownBy(() -> PrunedConfigFile.write(llama, other, KeptParts.ofLayers(other, List.of(0)), folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("config.json", "eos_token_id would be read as", "in place of 7")
                .hasMessageNotContaining("ModelConfig[");
    }

    @ParameterizedTest
    @MethodSource("models")
    void aPrunedFolderHasTheLogitsOfTransformers(String name) throws IOException {
        Expected expected = new Expected(name);
        PrunedModel pruned = pruned(name, expected.kept);

        pruned.write(folder);

        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                LanguageModel inMemory = pruned.load("cpu");
                NDManager scope = model.newScope()) {
            assertThat(largestDifference(model.logits(expected.ids(scope)), expected.logits(scope)))
                    .isLessThan(1e-5);
            assertThat(largestDifference(inMemory.logits(expected.ids(scope)), expected.logits(scope)))
                    .isLessThan(1e-5);
            assertThat(expected.calibration.loss(model)).isCloseTo(expected.doubles("loss.after")[0], within(1e-5));
        }
        assertThat(type(folder)).isEqualTo(type(source(name)));
    }

    /** Neurons and heads that are zero add nothing, so the full model without the others' layers is an exact reference. */
    @ParameterizedTest
    @MethodSource("models")
    void withoutLayersNeuronsAndHeadsItIsTheModelInWhichTheyAreZero(String name) {
        Expected expected = new Expected(name);
        try (LanguageModel model = LanguageModels.load(source(name), "cpu");
                NDManager scope = model.newScope()) {
            KeptParts kept = new KeptParts(
                    expected.kept.layers(),
                    expected.kept.neurons(),
                    expected.kept.groups(),
                    IntStream.range(0, model.config().hiddenSize()).boxed().toList());
            try (LanguageModel pruned = pruned(name, kept).load("cpu");
                    LanguageModel masked = masked(model, kept, scope)) {
                assertThat(pruned.config()).isNotEqualTo(model.config());
                assertThat(largestDifference(pruned.logits(expected.ids(scope)), masked.logits(expected.ids(scope))))
                        .isLessThan(1e-5);
            }
        }
    }

    private static LanguageModel masked(LanguageModel model, KeptParts kept, NDManager scope) {
        ModelConfig source = model.config();
        int groupSize = source.headSize() * (source.heads() / source.keyValueHeads());
        Map<String, NDArray> weights = new HashMap<>();
        model.weights().forEach((name, weight) -> {
            if (!name.startsWith("model.layers.")) {
                weights.put(name, weight);
            }
        });
        for (int i = 0; i < kept.layers().size(); i++) {
            String from = "model.layers." + kept.layers().get(i) + ".";
            for (String name : List.copyOf(model.weights().keySet())) {
                if (name.startsWith(from)) {
                    NDArray weight = model.weights().get(name);
                    NDArray own = name.endsWith("o_proj.weight")
                            ? withZeros(weight, kept.groups().get(i), groupSize, scope)
                            : name.endsWith("down_proj.weight")
                                    ? withZeros(weight, kept.neurons().get(i), 1, scope)
                                    : weight;
                    weights.put("model.layers." + i + "." + name.substring(from.length()), own);
                }
            }
        }
        List<Integer> windows = source.windows().isEmpty()
                ? List.of()
                : kept.layers().stream().map(source::window).toList();
        ModelConfig shorter = new ModelConfig(
                source.family(),
                source.vocabularySize(),
                source.hiddenSize(),
                source.feedForwardSize(),
                kept.layers().size(),
                source.heads(),
                source.keyValueHeads(),
                source.headSize(),
                source.maxPositions(),
                source.normEpsilon(),
                source.rope(),
                source.tiedEmbeddings(),
                source.biases(),
                windows,
                source.endOfText());
        return model.view(shorter, weights, LayerObserver.NONE);
    }

    private static NDArray withZeros(NDArray weight, List<Integer> kept, int size, NDManager scope) {
        float[] values = weight.toFloatArray();
        int columns = Math.toIntExact(weight.getShape().get(1));
        for (int i = 0; i < values.length; i++) {
            values[i] = kept.contains(i % columns / size) ? values[i] : 0;
        }
        return scope.create(values, weight.getShape());
    }

    @ParameterizedTest
    @MethodSource("models")
    void keepingEverythingGivesTheSourceBitForBit(String name) throws IOException {
        Path source = source(name);
        ModelConfig config;
        try (LanguageModel model = LanguageModels.load(source, "cpu")) {
            config = model.config();
        }
        KeptParts all = KeptParts.ofLayers(
                config, IntStream.range(0, config.layers()).boxed().toList());
        new PrunedModel(source, config, all).write(folder);

        try (ModelWeights before = ModelWeights.open(source);
                ModelWeights after = ModelWeights.open(folder);
                LanguageModel model = LanguageModels.load(folder, "cpu");
                NDManager scope = model.newScope()) {
            model.weights().forEach((tensor, weight) -> {
                assertThat(after.type(tensor)).isEqualTo(before.type(tensor));
                assertThat(bits(after.read(scope, tensor, weight.getShape())))
                        .as(tensor)
                        .isEqualTo(bits(before.read(scope, tensor, weight.getShape())));
            });
        }
        if (!name.equals("tied-own-head")) {
            assertThat(folder.resolve("config.json")).hasSameBinaryContentAs(source.resolve("config.json"));
        }
    }

    @Test
    void keepingEverythingOfAFolderOfThisProgramGivesEqualFiles() throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        Path target = Files.createDirectory(folder.resolve("target"));
        Path again = Files.createDirectory(folder.resolve("again"));
        ModelConfig config;
        try (LanguageModel model = LanguageModels.load(source("qwen2"), "cpu")) {
            config = model.config();
            LanguageModels.save(model, source, DataType.BFLOAT16);
        }
        KeptParts all = KeptParts.ofLayers(config, List.of(0, 1));

        new PrunedModel(source, config, all).write(target);
        new PrunedModel(source, config, KeptParts.ofLayers(config, List.of(1))).write(again);

        for (String file : List.of("model.safetensors", "config.json", "generation_config.json")) {
            assertThat(target.resolve(file)).hasSameBinaryContentAs(source.resolve(file));
        }
        assertThat(LanguageModels.config(again).layers()).isEqualTo(1);
    }

    @Test
    void windowsOfTheKeptLayersStayInBothFormsOfTheFile() throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        Files.copy(source("qwen2-window").resolve("config.json"), source.resolve("config.json"));
        ObjectNode json =
                (ObjectNode) JSON.readTree(source.resolve("config.json").toFile());
        json.put("num_hidden_layers", 5);
        json.put("max_window_layers", 3);
        json.remove("layer_types");
        JSON.writeValue(source.resolve("config.json").toFile(), json);
        ModelConfig config = LanguageModels.config(source);
        assertThat(config.windows()).containsExactly(0, 0, 0, 20, 20);

        assertThat(windows(source, config, List.of(0, 2, 4))).containsExactly(0, 0, 20);
        assertThat(windows(source, config, List.of(3, 4))).containsExactly(20, 20);
        assertThat(windows(source, config, List.of(0, 1))).isEmpty();

        json.putArray("layer_types")
                .add("sliding_attention")
                .add("full_attention")
                .add("full_attention")
                .add("sliding_attention")
                .add("full_attention");
        JSON.writeValue(source.resolve("config.json").toFile(), json);
        ModelConfig mixed = LanguageModels.config(source);
        assertThat(windows(source, mixed, List.of(0, 1, 3))).containsExactly(20, 0, 20);
    }

    private List<Integer> windows(Path source, ModelConfig config, List<Integer> layers) throws IOException {
        Path target = Files.createTempDirectory(folder, "target");
        PrunedConfigFile.write(source, config, KeptParts.ofLayers(config, layers), target);
        return LanguageModels.config(target).windows();
    }

    @Test
    void theHeadSizeIsWrittenWhereHiddenSizeAndHeadsNoLongerGiveIt() throws IOException {
        PrunedModel pruned = pruned("qwen2", new Expected("qwen2").kept);

        pruned.write(folder);

        JsonNode json = JSON.readTree(folder.resolve("config.json").toFile());
        assertThat(json.path("head_dim").asInt()).isEqualTo(8);
        assertThat(json.path("num_attention_heads").asInt()).isEqualTo(3);
        assertThat(json.path("dtype").asText()).isEqualTo("float32");
    }

    private static Path source(String name) {
        Path checkpoint = RESOURCES.resolve("checkpoints").resolve(name);
        return Files.exists(checkpoint)
                ? checkpoint
                : RESOURCES.resolve("families").resolve(name);
    }

    private static PrunedModel pruned(String name, KeptParts kept) {
        try (LanguageModel model = LanguageModels.load(source(name), "cpu")) {
            return new PrunedModel(source(name), model.config(), kept);
        }
    }

    private static DataType type(Path folder) {
        try (ModelWeights weights = ModelWeights.open(folder)) {
            return weights.type("model.embed_tokens.weight");
        }
    }

    private static int[] bits(NDArray values) {
        float[] floats = values.toFloatArray();
        return IntStream.range(0, floats.length)
                .map(i -> Float.floatToRawIntBits(floats[i]))
                .toArray();
    }

    private static double largestDifference(NDArray one, NDArray other) {
        return one.sub(other).abs().max().toFloatArray()[0];
    }

    private static double[] flat(double[][] values) {
        return Arrays.stream(values).flatMapToDouble(Arrays::stream).toArray();
    }

    private static void assertClose(double[] values, double[] expected) {
        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).isCloseTo(expected[i], within(1e-5 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    /** A file of make_pruning_fixtures.py. */
    private static final class Expected {
        private final Path file;
        private final Calibration calibration;
        private final KeptParts kept;

        Expected(String name) {
            file = RESOURCES.resolve("pruned").resolve(name + ".safetensors");
            try (NDManager scope = Torch.newScope("cpu");
                    SafeTensors tensors = SafeTensors.open(file)) {
                NDArray ids = tensors.read(scope, "input_ids", DataType.INT32);
                int[] tokens = ids.toIntArray();
                int length = (int) ids.getShape().get(1);
                int vocabulary = LanguageModels.config(source(name)).vocabularySize();
                // Two batches, to see that sums and means run over all of them.
                calibration = new Calibration(
                        List.of(
                                new CalibrationBatch(1, length, Arrays.copyOf(tokens, length)),
                                new CalibrationBatch(2, length, Arrays.copyOfRange(tokens, length, 3 * length))),
                        vocabulary,
                        what -> {});
                kept = new KeptParts(
                        rows(tensors, scope, "kept.layers").get(0),
                        rows(tensors, scope, "kept.neurons"),
                        rows(tensors, scope, "kept.groups"),
                        rows(tensors, scope, "kept.channels").get(0));
            }
        }

        private static List<List<Integer>> rows(SafeTensors tensors, NDManager scope, String name) {
            int[] values = tensors.read(scope, name, DataType.INT32).toIntArray();
            int columns = (int) tensors.shape(name).get(tensors.shape(name).dimension() - 1);
            return IntStream.range(0, values.length / columns)
                    .mapToObj(row -> Arrays.stream(values, row * columns, (row + 1) * columns)
                            .boxed()
                            .toList())
                    .toList();
        }

        NDArray ids(NDManager scope) {
            return read(scope, "input_ids", DataType.INT64).get(":, :-1");
        }

        NDArray logits(NDManager scope) {
            return read(scope, "logits", DataType.FLOAT32);
        }

        double[] doubles(String name) {
            try (NDManager scope = Torch.newScope("cpu")) {
                return read(scope, name, DataType.FLOAT64).toDoubleArray();
            }
        }

        private NDArray read(NDManager scope, String name, DataType type) {
            try (SafeTensors tensors = SafeTensors.open(file)) {
                return tensors.read(scope, name, type);
            }
        }
    }
}
