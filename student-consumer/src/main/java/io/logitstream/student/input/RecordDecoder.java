package io.logitstream.student.input;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.DocumentsCheck;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.VocabularyHeader;
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
 * Decodes the records of a tokens or a logits topic into training batches. The first record tells which of the two a
 * topic is. Nothing in a record is trusted: a record that does not fit stops the reader, with its address in the
 * message.
 */
public final class RecordDecoder {
    private final TokenizerIdentity tokenizer;
    private final TrainingConfig.StepRange teacherSteps;
    private final TeacherChoice teachers;
    private final SupportTruncation truncation;
    private final DocumentsCheck documents;
    private final Queue<SparseLogits> spare = new ConcurrentLinkedQueue<>();
    private final BatchReader reader;
    private Map<String, CorpusCount> counts = Map.of();

    /** A decoder that accepts the records of every teacher and keeps their supports as they are. */
    public RecordDecoder(SchemaRegistryClient registry, TokenizerIdentity tokenizer) {
        this(registry, tokenizer, null);
    }

    /**
     * A decoder that accepts the records of every teacher and keeps their supports as they are.
     *
     * @param registry schemas of the records
     * @param tokenizer tokenizer with which the records must have been made
     * @param documents how the documents of the topic have to be read; null if the topic decides
     */
    public RecordDecoder(SchemaRegistryClient registry, TokenizerIdentity tokenizer, Documents documents) {
        this(registry, tokenizer, null, null, TeacherChoice.any(), documents);
    }

    /**
     * A decoder of the records of some teachers.
     *
     * @param registry schemas of the records
     * @param tokenizer tokenizer with which the records must have been made
     * @param teacherSteps range of the teacher's own training steps outside of which records are skipped; null for none
     * @param truncation truncates the supports further; null to keep them as they are
     * @param teachers decides whose logits are accepted
     * @param documents how the documents of the topic have to be read; null if the topic decides
     */
    public RecordDecoder(
            SchemaRegistryClient registry,
            TokenizerIdentity tokenizer,
            TrainingConfig.StepRange teacherSteps,
            SupportTruncation truncation,
            TeacherChoice teachers,
            Documents documents) {
        this.teachers = teachers;
        this.teacherSteps = teacherSteps;
        this.truncation = truncation;
        this.documents = new DocumentsCheck(documents);
        this.tokenizer = tokenizer;
        this.reader = new BatchReader(registry);
    }

    /**
     * Decodes a record.
     *
     * @throws LogitstreamException when the record cannot be used, with its address
     */
    DecodedRecord decode(ConsumerRecord<String, byte[]> record) {
        try {
            BatchReader.Batch read = reader.read(record);
            LogitsBatch logits = read.logits();
            TokenBatch tokens = read.tokens();
            TokenBatches.require(tokens);
            requireSameTokenizer(tokens, VocabularyHeader.read(record.headers()));
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
                return new DecodedRecord.EndOfCorpus(key);
            }
            if (teacherSteps != null && !isWithin(logits) || logits != null && !teachers.accepts(logits.getTeacher())) {
                recycle(sparse);
                return new DecodedRecord.Skipped(key);
            }
            documents.require(tokens);
            if (truncation != null && sparse != null) {
                truncation.apply(sparse, logits.getSelection());
            }
            return new DecodedRecord.Batch(new TrainingBatch(
                    key,
                    record.partition(),
                    record.offset(),
                    tokens.getRows(),
                    tokens.getLength(),
                    TokenBatches.tokens(tokens),
                    tokens.getDocumentEnd(),
                    sparse));
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

    /** Takes back a batch whose logits are no longer used; their memory is reused. May be called from any thread. */
    void release(TrainingBatch batch) {
        recycle(batch.logits());
    }

    private void recycle(SparseLogits logits) {
        if (logits != null) {
            spare.add(logits);
        }
    }

    /** Decides whose logits are accepted. */
    TeacherChoice teachers() {
        return teachers;
    }

    // The map is replaced and never changed, because the position of every batch refers to it.
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

    /** Counts of the end-of-corpus markers read so far, by corpus; the map is never changed later. */
    Map<String, CorpusCount> counts() {
        return counts;
    }

    /** Restores the counts of a checkpoint; null where it has none. */
    void restoreCounts(Map<String, CorpusCount> saved) {
        counts = saved == null ? Map.of() : saved;
    }

    /** Whether the topic holds logits; null before the first record. */
    Boolean isLogitsTopic() {
        return reader.holdsLogits();
    }

    private void requireSameTokenizer(TokenBatch tokens, String vocabulary) {
        if (!tokenizer.made(tokens.getTokenizerHash(), vocabulary, tokens.getVocabularySize())) {
            throw new LogitstreamException(
                    "made with tokenizer " + shorten(tokens.getTokenizerHash()) + " of vocabulary "
                            + tokens.getVocabularySize() + ", but the student's is " + shorten(tokenizer.hash())
                            + " of vocabulary "
                            + tokenizer.size() + "; train with the tokenizer that made the topic");
        }
    }

    private static String shorten(String hash) {
        return hash.length() > 12 ? hash.substring(0, 12) : hash;
    }
}
