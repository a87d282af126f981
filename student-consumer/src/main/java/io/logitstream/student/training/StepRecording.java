package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.function.Consumer;

/** Leads the logits of a training's steps to its recorder, with the numbers of the steps. */
public final class StepRecording {
    private final LogitsRecorder recorder;
    private final String tokenizerHash;
    private final int vocabularySize;
    private long step;

    /**
     * @param recorder takes the logits
     * @param tokenizer tokenizer of the topic
     * @param step steps done so far
     */
    public StepRecording(LogitsRecorder recorder, Tokenizer tokenizer, long step) {
        this.recorder = recorder;
        this.tokenizerHash = tokenizer.hash();
        this.vocabularySize = tokenizer.vocabularySize();
        this.step = step;
    }

    /** Begins a batch and returns what its logits go to. */
    Consumer<NDArray> begin(TrainingBatch batch) {
        recorder.begin(
                new TokenBatch(
                        batch.key().corpus(),
                        batch.key().shard(),
                        batch.key().batch(),
                        batch.rows(),
                        batch.length(),
                        TokenBatches.bytes(batch.tokens()),
                        tokenizerHash,
                        vocabularySize,
                        null),
                batch.partition(),
                step + 1);
        return recorder::add;
    }

    void endStep() {
        recorder.endStep();
        step++;
    }
}
