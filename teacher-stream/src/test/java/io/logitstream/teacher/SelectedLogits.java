package io.logitstream.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.util.Arrays;
import java.util.List;

/** Selections from given logits, without a model. */
public final class SelectedLogits {
    private SelectedLogits() {}

    public static SparseLogits of(float[] logits, int vocabulary, SelectionConfig selection, long stream, int threads) {
        SparseLogits selected = new SparseLogits();
        try (NDManager scope = Torch.newScope("cpu");
                LogitsSelector selector = new LogitsSelector(scope, selection, threads)) {
            NDArray logits_NV = scope.create(logits, new Shape(logits.length / vocabulary, vocabulary));
            selector.select(logits_NV, List.of(), vocabulary, stream, selected);
        }
        return selected;
    }

    static int[] ids(SparseLogits selected, int position) {
        return Arrays.copyOfRange(selected.ids(), selected.offsets()[position], selected.offsets()[position + 1]);
    }
}
