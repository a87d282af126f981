package io.logitstream.teacher.selection;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.SelectedLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedSelectionTest {
    private static final int VOCABULARY = 300;
    private static final int ROWS = 3;
    private static final int CONTEXT = 20;

    @ParameterizedTest
    @ValueSource(strings = {"top-p-top-k", "top-p", "sampled"})
    void chunksAreSelectedAsTheWholeBatchIs(String method) {
        Torch.start(1);
        SelectionConfig selection = new SelectionConfig(method, null, null, null, null);
        Random random = new Random(3);
        float[] logits = new float[ROWS * CONTEXT * VOCABULARY];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (2 * random.nextGaussian());
        }
        TokenBatch batch = new TokenBatch(
                "demo",
                0,
                4,
                ROWS,
                CONTEXT + 1,
                TokenBatches.bytes(new int[ROWS * (CONTEXT + 1)]),
                "0".repeat(64),
                VOCABULARY,
                null,
                null);
        long stream = method.equals("sampled") ? SampleSeed.of(selection.seed(), BatchKey.of(batch)) : 0;
        SparseLogits whole = SelectedLogits.of(logits, VOCABULARY, selection, stream, 1);

        try (NDManager scope = Torch.newScope("cpu");
                ChunkedSelection forward = new ChunkedSelection(selection, "cpu")) {
            NDArray all_NV = scope.create(logits, new Shape(ROWS * CONTEXT, VOCABULARY));
            forward.begin(batch);
            for (int from : List.of(0, 25)) {
                assertThat(forward.add(all_NV.get(from + ":" + (from + 25)))).isNull();
            }

            SparseLogits selected = forward.add(all_NV.get("50:60"));

            LogitsCodec plain = LogitsCodecs.byName("plain");
            PayloadShape shape = PayloadShape.of(batch, whole.draws());
            assertThat(plain.encode(selected, shape)).isEqualTo(plain.encode(whole, shape));
        }
    }
}
