package io.logitstream.model;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.messages.ModelException;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * A model of any architecture as {@code torch.jit.save} writes it. It takes token ids, int64 [B, T], and returns
 * logits, float32 [B, T, V]. Its own code makes it causal. It cannot be trained.
 */
final class TorchScriptModel implements CausalModel {
    private final Path file;
    private final PtNDManager manager;
    private final PtSymbolBlock module;
    private final int vocabularySize;

    private TorchScriptModel(Path file, PtNDManager manager) {
        this.file = file;
        this.manager = manager;
        try {
            this.module = JniUtils.loadModule(manager, file, true, new String[0], new String[0], false);
        } catch (EngineException e) {
            throw unusable("cannot be loaded as TorchScript: " + firstLine(e), e);
        }
        // A pass over two tokens shows whether this is a language model, and the size of its vocabulary.
        try (NDManager scope = newScope()) {
            NDArray logits_BTV = logits(scope.zeros(new Shape(1, 2), DataType.INT64));
            this.vocabularySize = Math.toIntExact(logits_BTV.getShape().get(2));
        }
    }

    static TorchScriptModel load(Path file, String device) {
        PtNDManager manager = (PtNDManager) Torch.newScope(device);
        try {
            return new TorchScriptModel(file, manager);
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    @Override
    public Outputs outputs(
            NDArray ids_BT, DocumentLengths documents, int vocabulary, Precision precision, DoubleConsumer progress) {
        if (documents.isSplit()) {
            throw new ModelException(
                    file.toAbsolutePath() + " is TorchScript, which reads a row as one text: use a corpus"
                            + " of joined documents (corpus.documents)");
        }
        if (precision != Precision.FLOAT32) {
            throw new ModelException(file.toAbsolutePath() + " is TorchScript, which computes as it was saved: leave"
                    + " teach.precision out");
        }
        NDArray logits_NV = logits(ids_BT).reshape(new Shape(ids_BT.size(), vocabularySize));
        return new Outputs(vocabulary == vocabularySize ? logits_NV : logits_NV.get(":, 0:" + vocabulary), List.of());
    }

    private NDArray logits(NDArray ids_BT) {
        NDList results;
        try {
            TorchScript.dontOptimize();
            results = IValueUtils.forward(module, new NDList(ids_BT), false);
        } catch (EngineException | IllegalArgumentException | UnsupportedOperationException e) {
            throw unusable("fails on token ids of shape " + ids_BT.getShape() + ": " + firstLine(e), e);
        }
        Shape ids = ids_BT.getShape();
        NDArray logits = results.size() == 1 ? results.get(0) : null;
        if (logits == null
                || logits.getDataType() != DataType.FLOAT32
                || logits.getShape().dimension() != 3
                || !logits.getShape().slice(0, 2).equals(ids)) {
            throw unusable(
                    "returns "
                            + (logits == null
                                    ? results.size() + " tensors"
                                    : logits.getDataType() + " " + logits.getShape())
                            + " for token ids of shape " + ids + ", but has to return one tensor of logits, float32"
                            + " [B, T, V]",
                    null);
        }
        return logits;
    }

    private ModelException unusable(String why, RuntimeException cause) {
        return new ModelException(file.toAbsolutePath() + " " + why, cause);
    }

    // libtorch appends the stack of the script in further lines.
    private static String firstLine(RuntimeException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("")
                .strip();
    }

    // The logits of all positions, and an estimate of the same size for what the model computes them from.
    @Override
    public long bytesPerRow(int positions, boolean isolated) {
        return 2L * Float.BYTES * positions * vocabularySize;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public NDManager newScope() {
        return manager.newSubManager();
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }
}
