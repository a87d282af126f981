package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.function.Consumer;

/** Passes the logits of training steps to a {@link LogitsEmitter} and numbers the steps. */
public final class StepEmitter {
    private final LogitsEmitter emitter;
    private final String tokenizerHash;
    private final int vocabularySize;
    private long step;

    /**
     * @param emitter receives the logits
     * @param tokenizer tokenizer of the tokens topic
     * @param step number of steps done so far
     */
    public StepEmitter(LogitsEmitter emitter, Tokenizer tokenizer, long step) {
        this.emitter = emitter;
        this.tokenizerHash = tokenizer.hash();
        this.vocabularySize = tokenizer.vocabularySize();
        this.step = step;
    }

    /** Begins a batch and returns the consumer of its logits [C, V], chunk by chunk. */
    Consumer<NDArray> begin(TrainingBatch batch) {
        emitter.begin(
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
        return emitter::add;
    }

    void endStep() {
        emitter.endStep();
        step++;
    }
}
