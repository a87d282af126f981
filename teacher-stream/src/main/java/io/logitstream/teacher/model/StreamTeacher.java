package io.logitstream.teacher.model;

import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.function.DoubleConsumer;

/** A teacher as the stream uses it, in this process ({@link TeacherModel}) or elsewhere. Thread-safe. */
public interface StreamTeacher extends AutoCloseable {
    /**
     * Scores a batch and waits for the result.
     *
     * @param batch valid batch, see {@link TokenBatches#require}
     * @param reusable may receive the logits, so that their memory is used again
     * @throws UnusableBatchException when the batch itself can never be scored
     * @throws ModelException when the teacher fails
     * @throws UsageException when the batch is longer than the teacher's context
     */
    ScoredBatch score(TokenBatch batch, SparseLogits reusable);

    /**
     * Scores a batch and waits for the result.
     *
     * @param progress receives the share of the batch that is done, if the teacher can tell
     */
    default ScoredBatch score(TokenBatch batch, SparseLogits reusable, DoubleConsumer progress) {
        return score(batch, reusable);
    }

    /** What scores batches elsewhere than in this process; null for a teacher that computes here. */
    BatchScorer scorer();

    /**
     * Number of batches that are worth being computed in this process at the same time.
     *
     * @param shape largest batch to expect
     */
    default int passes(BatchShape shape) {
        return 1;
    }

    /** Whether the logits have statistics over the full vocabulary. */
    boolean givesStatistics();

    /** Whether another teacher may take its place while the stream runs. */
    boolean isReplaceable();

    /**
     * Requires that the teacher can read rows of a context length.
     *
     * @param contextLength positions of a row
     * @throws UsageException when the teacher's context is shorter
     */
    void requireContext(int contextLength);

    /**
     * Time that the stream's thread spends on one batch, for time-outs.
     *
     * @param rows rows of a batch
     * @param contextLength positions of a row; limited to the teacher's context
     * @return nanoseconds
     */
    long measure(int rows, int contextLength);

    /**
     * Starts {@link #measure} on a thread of its own, where that needs no request to a server: calls of it with the same
     * shape then wait for this result.
     *
     * @param afterwards runs when it has ended, on its thread, or at once where nothing is measured
     */
    default void measureAhead(int rows, int contextLength, Runnable afterwards) {
        afterwards.run();
    }

    /** Positions of a row in the longest batch processed so far. */
    int longestContext();

    /** Name, weights hash and training step, as written to each record. */
    Teacher identity();

    /** Which logits are kept. */
    SelectionConfig selection();

    /** Number of ids of the teacher's tokenizer. */
    int vocabularySize();

    /** SHA-256 of the teacher's {@code tokenizer.json}. */
    String tokenizerHash();

    /** The selection as written to each record. */
    default Selection selectionRecord() {
        return selection().record(vocabularySize());
    }

    /** Identity of ids and merges of the teacher's tokenizer; null if it is not known. */
    default String vocabulary() {
        return null;
    }

    /**
     * Takes note of the tokenizer of a record: if its ids are those of the teacher's, the teacher accepts batches of it.
     *
     * @param hash SHA-256 of the tokenizer.json that made the record
     * @param ids identity of its ids and merges; null if the record has none
     */
    default void learnTokenizer(String hash, String ids) {}

    /** Whether a batch was encoded with the teacher's tokenizer, or with one that is known to have the same ids. */
    default boolean hasTokenizerOf(TokenBatch batch) {
        return batch.getTokenizerHash().equals(tokenizerHash()) && batch.getVocabularySize() == vocabularySize();
    }

    @Override
    void close();
}
