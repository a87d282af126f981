package io.logitstream.teacher.served.standin;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import java.nio.file.Path;
import java.util.Arrays;

/** A real model that a stand-in serves. */
public final class ServedWeights implements AutoCloseable {
    private final CausalModel model;

    private ServedWeights(CausalModel model) {
        this.model = model;
    }

    /** Loads a Hugging Face folder. */
    public static ServedWeights load(Path folder) {
        return new ServedWeights(CausalModels.open(folder, "cpu", false));
    }

    /** Rows of the output head. */
    public int vocabularySize() {
        return model.vocabularySize();
    }

    /** Tokens of the longest prompt and of one that is generated. */
    public int maxModelLen() {
        return (int) Math.min(1 << 20, model.longestContext() + 2);
    }

    /** Log-softmax over the whole vocabulary at each position of a prompt but the last one. */
    public synchronized float[][] logProbs(int[] prompt) {
        int positions = prompt.length - 1;
        try (NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.create(Arrays.copyOf(prompt, positions), new Shape(1, positions))
                    .toType(DataType.INT64, true);
            CausalModel.Outputs outputs = model.outputs(ids_BT, vocabularySize());
            NDArray logits_NV = outputs.weight_VD().isEmpty()
                    ? outputs.values_N()
                    : outputs.values_N().matMul(outputs.weight_VD().get(0).transpose());
            float[] flat = logits_NV.logSoftmax(-1).toFloatArray();
            float[][] rows = new float[positions][];
            for (int i = 0; i < positions; i++) {
                rows[i] = Arrays.copyOfRange(flat, i * vocabularySize(), (i + 1) * vocabularySize());
            }
            return rows;
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
