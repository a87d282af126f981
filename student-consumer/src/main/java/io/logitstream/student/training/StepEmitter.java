package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.student.input.TrainingBatch;
import java.util.function.Consumer;

/** Passes the logits of training steps to a {@link LogitsEmitter}, where there is one, and numbers the steps. */
public final class StepEmitter implements AutoCloseable {
    private final LogitsEmitter emitter;
    private final String tokenizerHash;
    private final int vocabularySize;
    private long step;

    private StepEmitter() {
        this.emitter = null;
        this.tokenizerHash = null;
        this.vocabularySize = 0;
    }

    /**
     * Steps whose logits are emitted.
     *
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

    /** Steps whose logits are not emitted. */
    public static StepEmitter none() {
        return new StepEmitter();
    }

    /** Whether logits are emitted. */
    boolean isOn() {
        return emitter != null;
    }

    /** Begins a batch and returns the consumer of its logits [C, V], chunk by chunk; null where none are emitted. */
    Consumer<NDArray> begin(TrainingBatch batch) {
        if (emitter == null) {
            return null;
        }
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
                        null,
                        batch.documentEnd()),
                batch.partition(),
                step + 1);
        // A start may have rows of padding beyond the ids of the tokenizer.
        return logits_CV -> {
            if (logits_CV.getShape().get(1) == vocabularySize) {
                emitter.add(logits_CV);
                return;
            }
            try (NDArray own_CV = logits_CV.get(":, 0:" + vocabularySize)) {
                emitter.add(own_CV);
            }
        };
    }

    void endStep() {
        if (emitter != null) {
            emitter.endStep();
            step++;
        }
    }

    void commit() {
        if (emitter != null) {
            emitter.commit();
        }
    }

    void finish(long batches, long predictedTokens) {
        if (emitter != null) {
            emitter.finish(batches, predictedTokens);
        }
    }

    @Override
    public void close() {
        if (emitter != null) {
            emitter.close();
        }
    }
}
