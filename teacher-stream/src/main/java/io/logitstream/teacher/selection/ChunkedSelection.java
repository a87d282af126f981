package io.logitstream.teacher.selection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.ArrayList;
import java.util.List;

/** Selects logits that arrive in chunks, from a training's forward pass. Not thread-safe, except for {@link #copy}. */
public final class ChunkedSelection implements AutoCloseable {
    private final NDManager manager;
    private final LogitsSelector selector;
    private final SelectionConfig selection;
    private final SparseLogits selected = new SparseLogits();
    private final List<PartialSelection> parts = new ArrayList<>();
    private TokenBatch batch;
    private int done;

    /**
     * @param selection which logits are kept
     * @param device device of the logits
     */
    public ChunkedSelection(SelectionConfig selection, String device) {
        this.selection = selection;
        this.manager = Torch.newScope(device);
        this.selector = new LogitsSelector(
                manager,
                selection,
                device.equals("cpu") ? OperationThreads.current().count() : 1);
    }

    /** Begins a batch. */
    public void begin(TokenBatch next) {
        batch = next;
        parts.clear();
        done = 0;
    }

    /** Copies logits [C, V] into a scope of their own, which the caller closes. May be called from any thread. */
    public NDArray copy(NDArray logits_CV) {
        NDArray copy_CV = logits_CV.duplicate();
        copy_CV.attach(manager.newSubManager());
        return copy_CV;
    }

    /**
     * Takes the logits [C, V] of the next positions.
     *
     * @return selection of the whole batch after its last chunk, null before; valid until the next batch
     */
    public SparseLogits add(NDArray logits_CV) {
        long stream = selection.sampled() ? SampleSeed.of(selection.seed(), BatchKey.of(batch)) : 0;
        parts.addAll(selector.parts(logits_CV, List.of(), batch.getVocabularySize(), stream, done));
        done += Math.toIntExact(logits_CV.getShape().get(0));
        int positions = TokenBatches.positions(batch);
        if (done < positions) {
            return null;
        }
        selector.gather(parts, positions, selected);
        FiniteLogitsCheck.require(selected, batch.getLength() - 1, "in training (batch " + BatchKey.of(batch) + ")");
        return selected;
    }

    @Override
    public void close() {
        selector.close();
        manager.close();
    }
}
