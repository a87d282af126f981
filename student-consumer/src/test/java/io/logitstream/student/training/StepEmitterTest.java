package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.checkpoint.TinyTokenizer;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.SampleBatches;
import io.logitstream.student.input.TrainingBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepEmitterTest {
    /** So large that a batch of 1,100 positions takes two chunks, and each of them several tiles on two threads. */
    private static final int VOCABULARY = 20_000;

    private static final StudentConfig SHAPE = new StudentConfig(32, 1, 4, 2, 64, true, null);

    @TempDir
    private Path folder;

    private final CollectingEmitter emitter = new CollectingEmitter();

    @BeforeEach
    void record() {
        Torch.start(2);
        Torch.recordGradients(true);
    }

    @AfterEach
    void stopRecording() {
        Torch.recordGradients(false);
    }

    @Test
    void emitsTheLogitsBeforeTheUpdateAndLeavesTheWeightsUnchanged() throws Exception {
        List<TrainingBatch> batches = List.of(
                SampleBatches.withoutLogits(SampleBatches.random(11, 101, VOCABULARY, 1, 1)),
                SampleBatches.withoutLogits(SampleBatches.random(1, 5, VOCABULARY, 1, 2)));

        Map<String, Object> plain = train(batches, StepEmitter.none());
        Map<String, Object> emitted;
        try (Tokenizer tokenizer = TinyTokenizer.create(folder, VOCABULARY)) {
            emitted = train(batches, new StepEmitter(emitter, tokenizer, 10));
        }

        assertThat(emitted).isEqualTo(plain);
        assertThat(emitter.chunks).containsExactly(1024, 76, 4, 1024, 76, 4);
        assertThat(emitter.steps).containsExactly(11L, 11L, 12L, 12L);
        assertThat(emitter.ended).isEqualTo(2);
        assertThat(emitter.batches.get(0).getBatch()).isEqualTo(1);
        assertThat(TokenBatches.tokens(emitter.batches.get(0)))
                .isEqualTo(batches.get(0).tokens());
        try (LanguageModel untrained = model();
                NDManager scope = untrained.newScope()) {
            NDArray ids_BT =
                    scope.create(batches.get(0).tokens(), new Shape(11, 101)).get(":, :-1");
            float[] expected = untrained.logits(ids_BT).toFloatArray();
            for (int i = 0; i < emitter.first.length; i++) {
                assertThat(emitter.first[i]).isCloseTo(expected[i], within(1e-5f));
            }
        }
    }

    private Map<String, Object> train(List<TrainingBatch> batches, StepEmitter stepEmitter) {
        Map<String, Object> outcome = new LinkedHashMap<>();
        try (LanguageModel model = model();
                AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        LossConfig.defaults().withAlpha(0),
                        OutlierGuard.off(),
                        false,
                        Precision.FLOAT32,
                        stepEmitter)) {
            for (int i = 0; i < 2; i++) {
                outcome.put("step " + i, step.apply(batches, 0, 1e-3));
            }
            model.weights().forEach((name, weight) -> outcome.put(name, weight.toByteBuffer()));
        }
        return outcome;
    }

    private static LanguageModel model() {
        return LanguageModels.create(SHAPE.model(VOCABULARY, 100, 0), 1, "cpu");
    }

    private static final class CollectingEmitter implements LogitsEmitter {
        private final List<TokenBatch> batches = new ArrayList<>();
        private final List<Long> steps = new ArrayList<>();
        private final List<Integer> chunks = new ArrayList<>();
        private float[] first;
        private int ended;

        @Override
        public void begin(TokenBatch batch, int partition, long step) {
            batches.add(batch);
            steps.add(step);
        }

        @Override
        public void add(NDArray logits_CV) {
            chunks.add((int) logits_CV.getShape().get(0));
            first = first == null ? logits_CV.toFloatArray() : first;
        }

        @Override
        public void endStep() {
            ended++;
        }

        @Override
        public void commit() {}

        @Override
        public void finish(long seen, long predictedTokens) {}

        @Override
        public void close() {}
    }
}
