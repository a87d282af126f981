package io.logitstream.model.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A smaller model whose weights are slices of the weights of a Hugging Face folder, read tensor by tensor. */
public final class PrunedModel {
    private static final String WEIGHTS = "model.safetensors";
    private static final String GENERATION = "generation_config.json";

    private final Path folder;
    private final ModelConfig source;
    private final KeptParts kept;

    /**
     * A pruned model.
     *
     * @param folder Hugging Face folder of the source
     * @param source shape of the source, as the loaded model has it
     * @param kept parts that are kept
     */
    public PrunedModel(Path folder, ModelConfig source, KeptParts kept) {
        this.folder = folder;
        this.source = source;
        this.kept = kept;
    }

    /** Shape of the pruned model. */
    public ModelConfig config() {
        return kept.config(source);
    }

    /**
     * Loads the pruned model. Needs memory for its weights and for the largest one of the source.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @return the model; the caller closes it
     */
    public LanguageModel load(String device) {
        try (Slicer slicer = new Slicer()) {
            return LanguageModels.load(config(), slicer::read, device);
        }
    }

    /**
     * Writes {@code config.json}, {@code generation_config.json} if the source has one, and the weights in one file, in
     * the types that they have in the source (float64 becomes float32). Needs memory for the largest weight of the source.
     *
     * @param target existing, empty folder
     * @throws IOException if a file cannot be written
     */
    public void write(Path target) throws IOException {
        PrunedConfigFile.write(folder, source, kept, target);
        if (Files.isRegularFile(folder.resolve(GENERATION))) {
            Files.copy(folder.resolve(GENERATION), target.resolve(GENERATION));
        }
        try (Slicer slicer = new Slicer()) {
            Map<String, SafeTensorsWriter.Tensor> tensors = new LinkedHashMap<>();
            WeightShapes.shapes(config())
                    .forEach(
                            (name, shape) -> tensors.put(name, new SafeTensorsWriter.Tensor(shape, slicer.type(name))));
            SafeTensorsWriter.write(target.resolve(WEIGHTS), tensors, name -> {
                DataType type = tensors.get(name).type();
                NDArray values = slicer.read(slicer.scope, name);
                if (type != DataType.FLOAT16) {
                    return values;
                }
                try (values) {
                    return values.toType(type, true);
                }
            });
        }
    }

    /** The open weight files of the source, and the kernels that slice their tensors. */
    private final class Slicer implements AutoCloseable {
        private final NDManager scope = Torch.newScope("cpu");
        private final TorchScript kernels = TorchScript.load(scope, PrunedModel.class, "pruning.py");
        private final ModelWeights files = ModelWeights.open(folder);
        private final Map<String, Shape> shapes = WeightShapes.shapes(source);
        private final Map<String, WeightSlices.Slice> slices = WeightSlices.of(source, kept);

        DataType type(String name) {
            DataType type = files.type(slices.get(name).source());
            return type == DataType.BFLOAT16 || type == DataType.FLOAT16 ? type : DataType.FLOAT32;
        }

        NDArray read(NDManager owner, String name) {
            WeightSlices.Slice slice = slices.get(name);
            try (NDManager temporary = scope.newSubManager()) {
                NDArray whole = files.read(temporary, slice.source(), shapes.get(slice.source()));
                NDArray rows = selected(temporary, whole, 0, slice.rows());
                NDArray part = selected(temporary, rows, 1, slice.columns());
                NDArray result = part.toDevice(owner.getDevice(), false);
                result.attach(owner);
                return result;
            }
        }

        private NDArray selected(NDManager temporary, NDArray x, int dimension, long[] indices) {
            if (indices == null || indices.length == x.getShape().get(dimension)) {
                return x;
            }
            try (x) {
                return kernels.run(temporary, "selected", x, (long) dimension, temporary.create(indices))
                        .get(0);
            }
        }

        @Override
        public void close() {
            files.close();
            kernels.close();
            scope.close();
        }
    }
}
