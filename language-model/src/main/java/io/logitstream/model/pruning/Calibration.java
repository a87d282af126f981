package io.logitstream.model.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.layers.LayerObserver;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Text on which importance and loss are measured, one batch at a time.
 *
 * @param batches batches of the text
 * @param vocabularySize V, number of ids that can occur
 * @param progress told what is measured, before each batch; may throw to give up
 */
public record Calibration(List<CalibrationBatch> batches, int vocabularySize, Consumer<String> progress) {
    /** Values [C, V] of a chunk of logits: 8 MiB, or 128 positions where these take more. */
    private static final int CHUNK_VALUES = 2 << 20;

    private static final long LEAST_CHUNK_ROWS = 128;

    /**
     * Loss of a model, mean over all predicted tokens in nats.
     *
     * @throws ModelException if it is not finite
     */
    public double loss(LanguageModel model) {
        return loss(model, "loss");
    }

    private double loss(LanguageModel model, String what) {
        double sum = 0;
        long tokens = 0;
        try (NDManager manager = model.newScope();
                TorchScript kernels = TorchScript.load(manager, Calibration.class, "pruning.py")) {
            for (CalibrationBatch batch : batches) {
                progress.accept(what);
                try (NDManager scope = manager.newSubManager()) {
                    NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
                    NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
                    NDArray targets_N1 =
                            tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
                    CausalModel.Outputs outputs =
                            model.outputs(ids_BT, batch.documents(), vocabularySize, Precision.FLOAT32);
                    sum += kernels.run(
                                    scope,
                                    "loss",
                                    outputs.values_N(),
                                    outputs.weight_VD().get(0),
                                    targets_N1,
                                    Math.max(LEAST_CHUNK_ROWS, CHUNK_VALUES / vocabularySize))
                            .get(0)
                            .toDoubleArray()[0];
                    tokens += batch.predicted();
                }
            }
        }
        if (!Double.isFinite(sum)) {
            throw new ModelException(
                    "the model's loss is not finite on the calibration text; its weights contain NaN, or"
                            + " its activations overflow");
        }
        return sum / tokens;
    }

    /**
     * Importance of all parts of a model.
     *
     * @param model model of a family that can be pruned
     * @param depth criterion of the layers
     * @param layers number of layers that are to be kept
     */
    public Importance importance(LanguageModel model, DepthCriterion depth, int layers) {
        int block = depth == DepthCriterion.BLOCK ? Math.max(1, model.config().layers() - layers) : 1;
        Importance importance;
        try (NDManager manager = model.newScope();
                TorchScript kernels = TorchScript.load(manager, Calibration.class, "pruning.py")) {
            ImportanceMeter meter = new ImportanceMeter(kernels, model.config(), block);
            try (LanguageModel observed = model.view(model.config(), model.weights(), meter)) {
                for (CalibrationBatch batch : batches) {
                    progress.accept("importance");
                    try (NDManager scope = manager.newSubManager()) {
                        NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
                        meter.begin(scope, batch.rows());
                        observed.outputs(
                                tokens_BU.get(":, :-1").toType(DataType.INT64, true),
                                batch.documents(),
                                vocabularySize,
                                Precision.FLOAT32);
                    }
                }
            }
            importance = meter.result();
        }
        return depth == DepthCriterion.LOSS && layers < model.config().layers()
                ? new Importance(lossIncreases(model), importance.neurons(), importance.groups(), importance.channels())
                : importance;
    }

    private double[] lossIncreases(LanguageModel model) {
        double whole = loss(model);
        return IntStream.range(0, model.config().layers())
                .mapToDouble(layer -> {
                    try (LanguageModel shorter = without(model, layer)) {
                        return loss(shorter, "loss without layer " + layer) - whole;
                    }
                })
                .toArray();
    }

    private static LanguageModel without(LanguageModel model, int layer) {
        ModelConfig config = model.config();
        List<Integer> layers = IntStream.range(0, config.layers())
                .filter(i -> i != layer)
                .boxed()
                .toList();
        KeptParts kept = KeptParts.ofLayers(config, layers);
        Map<String, NDArray> weights = new HashMap<>();
        WeightSlices.of(config, kept)
                .forEach((name, slice) -> weights.put(name, model.weights().get(slice.source())));
        return model.view(kept.config(config), weights, LayerObserver.NONE);
    }
}
