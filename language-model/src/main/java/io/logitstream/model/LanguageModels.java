package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.WeightNames;
import io.logitstream.model.families.WeightNames.Part;
import io.logitstream.model.huggingface.HuggingFaceConfig;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.huggingface.TiedEmbeddings;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** Creates, loads, checks and saves language models. */
public final class LanguageModels {
    /** Standard deviation of the matrices of a new model, as in GPT-2 and by default in transformers. */
    private static final double INITIAL_DEVIATION = 0.02;

    private LanguageModels() {}

    /**
     * A new model. Matrices are normally distributed with standard deviation 0.02; those that write to the residual
     * stream are divided by sqrt(2 * layers) (Radford et al. 2019, section 2.3). Norms are 1 and biases 0. The values
     * depend on the configuration and the seed only, not on the device.
     *
     * @param config shape of the model
     * @param seed seed of the values
     * @param device {@code cpu} or {@code cuda:N}
     * @return the model; the caller closes it
     */
    public static LanguageModel create(ModelConfig config, long seed, String device) {
        NDManager manager = Torch.newScope(device);
        Map<String, NDArray> weights = new LinkedHashMap<>();
        SplittableRandom seeds = new SplittableRandom(seed);
        WeightShapes.shapes(config)
                .forEach((name, shape) -> weights.put(name, initial(manager, config, name, shape, seeds.split())));
        return new LanguageModel(manager, config, weights, Precision.FLOAT32);
    }

    private static NDArray initial(
            NDManager manager, ModelConfig config, String name, Shape shape, SplittableRandom random) {
        float[] values = new float[Math.toIntExact(shape.size())];
        if (shape.dimension() == 1) {
            Arrays.fill(values, name.endsWith(".bias") ? 0f : 1f);
        } else {
            WeightNames names = ModelFamilies.weightNames(config);
            boolean residual = names.isWeight(Part.ATTENTION_OUTPUT, name) || names.isWeight(Part.DOWN, name);
            double deviation = residual ? INITIAL_DEVIATION / Math.sqrt(2.0 * config.layers()) : INITIAL_DEVIATION;
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
            }
        }
        // Copied into libtorch's own memory, which has the alignment that a loaded checkpoint has: matrix products
        // round differently on memory that is aligned differently.
        try (NDArray made = manager.create(values, shape)) {
            return made.duplicate();
        }
    }

    /**
     * Loads a model of one of the {@linkplain ModelFamilies families} with its weights in float32.
     *
     * @param folder Hugging Face folder with {@code config.json} and safetensors, in one file or in shards
     * @param device {@code cpu} or {@code cuda:N}
     * @return the model; the caller closes it
     * @throws ModelException naming the file and the key or tensor that is missing, has the wrong shape or is not
     *     supported
     */
    public static LanguageModel load(Path folder, String device) {
        return load(folder, device, Precision.FLOAT32, UnaryOperator.identity());
    }

    /**
     * As {@link #load(Path, String)}, with a changed configuration.
     *
     * @param change changes settings that decide neither names nor shapes of the weights, such as the longest context
     */
    public static LanguageModel load(Path folder, String device, UnaryOperator<ModelConfig> change) {
        return load(folder, device, Precision.FLOAT32, change);
    }

    /**
     * Loads a model of one of the {@linkplain ModelFamilies families}.
     *
     * @param folder Hugging Face folder with {@code config.json} and safetensors, in one file or in shards
     * @param device {@code cpu} or {@code cuda:N}
     * @param precision type in which the matrices are held; norms and biases are float32. A model in bfloat16 takes the
     *     memory of a file in that type, computes in that type only, and cannot be trained
     * @return the model; the caller closes it
     * @throws ModelException as for {@link #load(Path, String)}
     */
    public static LanguageModel load(Path folder, String device, Precision precision) {
        return load(folder, device, precision, UnaryOperator.identity());
    }

    private static LanguageModel load(
            Path folder, String device, Precision precision, UnaryOperator<ModelConfig> change) {
        ModelConfig described = HuggingFaceConfig.read(folder);
        try (ModelWeights files = ModelWeights.open(folder)) {
            if (described.tiedEmbeddings()) {
                // Checked first, because the next line may read the two largest matrices.
                files.require(WeightShapes.shapes(described), device, precision);
            }
            ModelConfig config = TiedEmbeddings.resolve(described, files, folder);
            Map<String, Shape> shapes = WeightShapes.shapes(config);
            files.require(shapes, device, precision);
            return load(
                    change.apply(config),
                    (scope, name) -> files.read(scope, name, shapes.get(name), precision),
                    device,
                    precision);
        }
    }

    /**
     * Loads a model whose weights come from elsewhere.
     *
     * @param config shape of the model
     * @param source makes the weight of a name in float32, owned by the given scope
     * @param device {@code cpu} or {@code cuda:N}
     * @return the model; the caller closes it
     */
    public static LanguageModel load(ModelConfig config, BiFunction<NDManager, String, NDArray> source, String device) {
        return load(config, source, device, Precision.FLOAT32);
    }

    private static LanguageModel load(
            ModelConfig config, BiFunction<NDManager, String, NDArray> source, String device, Precision precision) {
        NDManager manager = Torch.newScope(device);
        try {
            Map<String, NDArray> weights = new LinkedHashMap<>();
            WeightShapes.shapes(config).keySet().forEach(name -> weights.put(name, source.apply(manager, name)));
            return new LanguageModel(manager, config, weights, precision);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Checks a folder as {@link #load} does, but reads no weights: the configuration, and the name and shape of each
     * weight. Takes a few milliseconds and no memory for weights.
     *
     * @param folder Hugging Face folder
     * @param device {@code cpu} or {@code cuda:N}, whose memory the weights have to fit into
     * @param precision type in which the matrices would be held
     * @return shape of the model
     * @throws ModelException as for {@link #load}
     */
    public static ModelConfig check(Path folder, String device, Precision precision) {
        ModelConfig config = HuggingFaceConfig.read(folder);
        try (ModelWeights files = ModelWeights.open(folder)) {
            // If a tied model has an output head of its own, only the values tell which is used.
            ModelConfig resolved = config.tiedEmbeddings() ? config : TiedEmbeddings.resolve(config, files, folder);
            files.require(WeightShapes.shapes(resolved), device, precision);
        }
        return config;
    }

    /** Checks a folder for a model in float32. */
    public static ModelConfig check(Path folder, String device) {
        return check(folder, device, Precision.FLOAT32);
    }

    /**
     * Reads the shape of a model from its {@code config.json}.
     *
     * @param folder Hugging Face folder
     * @throws ModelException if the file is missing, or a key is missing or not supported
     */
    public static ModelConfig config(Path folder) {
        return HuggingFaceConfig.read(folder);
    }

    /**
     * Writes {@code config.json}, {@code generation_config.json} and {@code model.safetensors}. The caller writes the
     * tokenizer's files.
     *
     * @param model model to write
     * @param folder folder; created if it does not exist
     * @param type type of the stored weights, {@link DataType#FLOAT32} or {@link DataType#BFLOAT16}
     * @throws IOException if a file cannot be written
     */
    public static void save(LanguageModel model, Path folder, DataType type) throws IOException {
        Files.createDirectories(folder);
        HuggingFaceConfig.write(model.config(), type == DataType.BFLOAT16 ? "bfloat16" : "float32", folder);
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), model.weights(), type);
    }
}
