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
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Makes new language models, and reads and writes Hugging Face folders. */
public final class LanguageModels {
    /** Standard deviation of a new model's matrices (GPT-2's, and Hugging Face's default). */
    private static final double INITIAL_DEVIATION = 0.02;

    private LanguageModels() {}

    /**
     * A new model: matrices normal with deviation 0.02, those that write to the residual stream divided by
     * sqrt(2 * layers) (Radford et al. 2019, section 2.3), norms 1, biases 0. The values depend on the seed and on
     * nothing else.
     *
     * @param config shape of the model
     * @param seed seed of the values
     * @param device {@code cpu} or {@code cuda:N}
     */
    public static LanguageModel create(ModelConfig config, long seed, String device) {
        NDManager manager = Torch.newScope(device);
        Map<String, NDArray> weights = new LinkedHashMap<>();
        SplittableRandom seeds = new SplittableRandom(seed);
        WeightShapes.shapes(config)
                .forEach((name, shape) -> weights.put(name, initial(manager, config, name, shape, seeds.split())));
        return new LanguageModel(manager, config, weights);
    }

    private static NDArray initial(
            NDManager manager, ModelConfig config, String name, Shape shape, SplittableRandom random) {
        float[] values = new float[Math.toIntExact(shape.size())];
        if (shape.dimension() == 1) {
            java.util.Arrays.fill(values, name.endsWith(".bias") ? 0f : 1f);
        } else {
            WeightNames names = ModelFamilies.weightNames(config);
            boolean residual = names.isWeight(Part.ATTENTION_OUTPUT, name) || names.isWeight(Part.DOWN, name);
            double deviation = residual ? INITIAL_DEVIATION / Math.sqrt(2.0 * config.layers()) : INITIAL_DEVIATION;
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
            }
        }
        // Copied into libtorch's own memory: matrix products round differently on memory that is aligned differently,
        // and a
        // loaded checkpoint is aligned as libtorch does it.
        try (NDArray made = manager.create(values, shape)) {
            return made.duplicate();
        }
    }

    /**
     * Loads a model of one of the {@linkplain ModelFamilies families} with its weights in float32.
     *
     * @param folder Hugging Face folder with {@code config.json} and safetensors, in one file or in shards
     * @param device {@code cpu} or {@code cuda:N}
     * @throws ModelException naming the file and the key or tensor that is missing, misshapen or not supported
     */
    public static LanguageModel load(Path folder, String device) {
        ModelConfig described = HuggingFaceConfig.read(folder);
        try (ModelWeights files = ModelWeights.open(folder)) {
            if (described.tiedEmbeddings()) {
                // Bounds first: the next line may read the two largest matrices.
                files.require(WeightShapes.shapes(described), device);
            }
            ModelConfig config = TiedEmbeddings.resolve(described, files, folder);
            Map<String, Shape> shapes = WeightShapes.shapes(config);
            files.require(shapes, device);
            return load(config, files, shapes, device);
        }
    }

    private static LanguageModel load(
            ModelConfig config, ModelWeights files, Map<String, Shape> shapes, String device) {
        NDManager manager = Torch.newScope(device);
        try {
            Map<String, NDArray> weights = new LinkedHashMap<>();
            shapes.forEach((name, shape) -> weights.put(name, files.read(manager, name, shape)));
            return new LanguageModel(manager, config, weights);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /**
     * Checks a folder as {@link #load} does, but reads no weights: configuration, and for each weight that there is one of
     * its name and shape. Costs some milliseconds and no memory.
     *
     * @param folder Hugging Face folder
     * @param device device that the weights are to have room on
     * @return shape of the model
     * @throws ModelException as for {@link #load}
     */
    public static ModelConfig check(Path folder, String device) {
        ModelConfig config = HuggingFaceConfig.read(folder);
        try (ModelWeights files = ModelWeights.open(folder)) {
            // Where a tied model has a head of its own, only its values tell which is meant.
            ModelConfig resolved = config.tiedEmbeddings() ? config : TiedEmbeddings.resolve(config, files, folder);
            files.require(WeightShapes.shapes(resolved), device);
        }
        return config;
    }

    /**
     * Reads a model's shape alone.
     *
     * @param folder Hugging Face folder
     */
    public static ModelConfig config(Path folder) {
        return HuggingFaceConfig.read(folder);
    }

    /**
     * Writes {@code config.json}, {@code generation_config.json} and {@code model.safetensors} into a folder. The
     * tokenizer's files are the caller's.
     *
     * @param model model to write
     * @param folder existing folder
     * @param type {@link DataType#FLOAT32} or {@link DataType#BFLOAT16}, of the stored weights
     */
    public static void save(LanguageModel model, Path folder, DataType type) throws IOException {
        Files.createDirectories(folder);
        HuggingFaceConfig.write(model.config(), type == DataType.BFLOAT16 ? "bfloat16" : "float32", folder);
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), model.weights(), type);
    }
}
