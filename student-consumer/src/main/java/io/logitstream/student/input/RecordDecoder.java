package io.logitstream.student.input;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.logits.SupportTruncation;
import io.logitstream.schemas.registry.BatchReader;
import io.logitstream.student.config.TrainingConfig;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Turns records of a tokens or a logits topic into training batches. Which of the two a topic is, its first record
 * says. Nothing in a record is trusted: what does not fit stops the reader with the record's address.
 */
public final class RecordDecoder {
    /** Stands for a record whose teacher, or its training step, is not among those that were asked for. */
    static final TrainingBatch OUTSIDE = new TrainingBatch(null, 0, 0, 0, 1, new int[0], null);

    private final String tokenizerHash;
    private final int vocabularySize;
    private final TrainingConfig.StepRange teacherSteps;
    private final TeacherChoice teachers;
    private final SupportTruncation truncation;
    private final Queue<SparseLogits> spare = new ConcurrentLinkedQueue<>();
    private final BatchReader reader;
    private Map<String, CorpusCount> counts = Map.of();

    public RecordDecoder(SchemaRegistryClient registry, String tokenizerHash, int vocabularySize) {
        this(registry, tokenizerHash, vocabularySize, null, null, TeacherChoice.any());
    }

    /**
     * A decoder of the records of some teachers, that stood within a range of their own training.
     *
     * @param registry schemas
     * @param tokenizerHash tokenizer that must have made the records
     * @param vocabularySize its vocabulary
     * @param teacherSteps range of steps, null for all records
     * @param truncation cuts supports down, null to take them as they are
     * @param teachers whose logits are taken
     */
    public RecordDecoder(
            SchemaRegistryClient registry,
            String tokenizerHash,
            int vocabularySize,
            TrainingConfig.StepRange teacherSteps,
            SupportTruncation truncation,
            TeacherChoice teachers) {
        this.teachers = teachers;
        this.teacherSteps = teacherSteps;
        this.truncation = truncation;
        this.tokenizerHash = tokenizerHash;
        this.vocabularySize = vocabularySize;
        this.reader = new BatchReader(registry);
    }

    /**
     * Decodes a record.
     *
     * @return the batch, null for an end-of-corpus marker, or {@link #OUTSIDE}
     * @throws LogitstreamException with the record's address and what is wrong with it
     */
    TrainingBatch decode(ConsumerRecord<String, byte[]> record) {
        try {
            BatchReader.Batch read = reader.read(record);
            LogitsBatch logits = read.logits();
            TokenBatch tokens = read.tokens();
            TokenBatches.require(tokens);
            requireSameTokenizer(tokens);
            SparseLogits sparse = null;
            if (logits != null) {
                sparse = spare.poll();
                sparse = sparse == null ? new SparseLogits() : sparse;
                LogitsBatches.decode(logits, sparse);
            }
            BatchKey key = BatchKey.of(tokens);
            if (!key.toString().equals(record.key())) {
                throw new LogitstreamException("the key does not name the batch in the record, " + key);
            }
            if (TokenBatches.isEndMarker(tokens)) {
                recycle(sparse);
                count(
                        key.corpus(),
                        new CorpusCount(
                                tokens.getEndOfCorpus().getBatches(),
                                tokens.getEndOfCorpus().getPredictedTokens()));
                return null;
            }
            if (teacherSteps != null && !isWithin(logits) || logits != null && !teachers.accepts(logits.getTeacher())) {
                recycle(sparse);
                return OUTSIDE;
            }
            if (truncation != null && sparse != null) {
                truncation.apply(sparse, logits.getSelection());
            }
            return new TrainingBatch(
                    key,
                    record.partition(),
                    record.offset(),
                    tokens.getRows(),
                    tokens.getLength(),
                    TokenBatches.tokens(tokens),
                    sparse);
        } catch (LogitstreamException | SerializationException e) {
            throw new LogitstreamException(RecordAddress.of(record) + ": " + e.getMessage(), e);
        }
    }

    private boolean isWithin(LogitsBatch logits) {
        Long step = logits == null ? null : logits.getTeacher().getTrainingStep();
        if (step == null) {
            throw new LogitstreamException(
                    "training.teacherSteps is set, but the record was not made by a teacher in training;"
                            + " leave training.teacherSteps out");
        }
        return teacherSteps.contains(step);
    }

    /** Takes a batch back, whose logits are not looked at any more; from any thread. */
    void release(TrainingBatch batch) {
        recycle(batch.logits());
    }

    private void recycle(SparseLogits logits) {
        if (logits != null) {
            spare.add(logits);
        }
    }

    /** Whose logits are taken. */
    TeacherChoice teachers() {
        return teachers;
    }

    // Replaced, never changed: every batch carries it in its position.
    private void count(String corpus, CorpusCount count) {
        CorpusCount before = counts.get(corpus);
        if (before != null && !before.equals(count)) {
            throw new LogitstreamException(
                    "the end-of-corpus marker counts " + count + ", but another one of the same" + " corpus counts "
                            + before + "; one of them is not of this topic: publish the corpus into a new one");
        }
        Map<String, CorpusCount> all = new TreeMap<>(counts);
        all.put(corpus, count);
        counts = all;
    }

    /** What the end-of-corpus markers that were read count, by corpus; never changed later. */
    Map<String, CorpusCount> counts() {
        return counts;
    }

    /** Takes up the counts of a checkpoint, null where it has none. */
    void restoreCounts(Map<String, CorpusCount> saved) {
        counts = saved == null ? Map.of() : saved;
    }

    /** Whether the topic holds logits; null before the first record. */
    Boolean isLogitsTopic() {
        return reader.holdsLogits();
    }

    private void requireSameTokenizer(TokenBatch tokens) {
        if (!tokens.getTokenizerHash().equals(tokenizerHash) || tokens.getVocabularySize() != vocabularySize) {
            throw new LogitstreamException(
                    "made with tokenizer " + shorten(tokens.getTokenizerHash()) + " of vocabulary "
                            + tokens.getVocabularySize() + ", but the student's is " + shorten(tokenizerHash)
                            + " of vocabulary "
                            + vocabularySize + "; train with the tokenizer that made the topic");
        }
    }

    private static String shorten(String hash) {
        return hash.length() > 12 ? hash.substring(0, 12) : hash;
    }
}
