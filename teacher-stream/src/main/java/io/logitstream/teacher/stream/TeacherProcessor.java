package io.logitstream.teacher.stream;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.input.TokenRecordDecoder;
import io.logitstream.teacher.lookahead.LookAhead;
import io.logitstream.teacher.lookahead.ScoredRecord;
import io.logitstream.teacher.model.PassListener;
import io.logitstream.teacher.model.RefusedBatchException;
import io.logitstream.teacher.model.ScoredBatch;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.UnusableBatchException;
import io.logitstream.teacher.stream.TeacherTopology.Dependencies;
import io.logitstream.teacher.stream.TeacherTopology.EnrichedRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Processes the records of one stream task: decodes a token batch, runs the teacher, and forwards the batch with its
 * logits.
 */
public final class TeacherProcessor implements FixedKeyProcessor<byte[], byte[], EnrichedRecord> {
    private final String logitsTopic;
    private final Dependencies dependencies;
    private final TokenRecordDecoder intake;
    private final AvroSerializer<LogitsBatch> writer;
    private final SparseLogits reusable = new SparseLogits();
    /** Scores of the batch that is processed now. */
    private ScoredBatch scored;

    private FixedKeyProcessorContext<byte[], EnrichedRecord> context;

    public TeacherProcessor(String logitsTopic, Dependencies dependencies) {
        this.logitsTopic = logitsTopic;
        this.dependencies = dependencies;
        this.intake = new TokenRecordDecoder(dependencies.registry(), dependencies.confirmed());
        this.writer = new AvroSerializer<>(dependencies.registry(), dependencies.autoRegister());
    }

    @Override
    public void init(FixedKeyProcessorContext<byte[], EnrichedRecord> processorContext) {
        this.context = processorContext;
    }

    @Override
    public void process(FixedKeyRecord<byte[], byte[]> record) {
        RecordMetadata source = context.recordMetadata().orElseThrow();
        dependencies.stop().throwIfRequested();
        requireKnown(source);
        SourcePosition.of(dependencies.source(), source.offset()).writeTo(record.headers());
        ScoredRecord ahead = dependencies.lookAhead() == null
                ? ScoredRecord.NONE
                : dependencies
                        .lookAhead()
                        .take(new TopicPartition(source.topic(), source.partition()), source.offset());
        scored = null;
        LogitsBatch enriched = enrich(record, source, ahead);
        TokenBatch batch = enriched.getBatch();
        byte[] value = writer.serialize(logitsTopic, enriched);
        requireFits(value.length, source);
        context.forward(record.withValue(new EnrichedRecord(value, source.partition())));
        boolean last = TokenBatches.isEndMarker(batch);
        if (dependencies.commits() != null && (last || dependencies.commits().isDue())) {
            context.commit();
        }
        if (!last) {
            int tokens = TokenBatches.positions(batch);
            dependencies.listener().onBatch(tokens, scored.logits().total(), value.length);
            if (scored.textLoss() != null) {
                dependencies.listener().onTextLoss(tokens, scored.textLoss());
            }
        }
    }

    private void requireKnown(RecordMetadata source) {
        if (source.partition() >= dependencies.source().partitions()) {
            throw new LogitstreamException(
                    "topic " + source.topic() + " has partition " + source.partition() + ", but had "
                            + dependencies.source().partitions()
                            + " partitions when the stream was started; batch n belongs in partition n modulo the number of"
                            + " partitions, so publish the corpus to another topic (topics.tokens)");
        }
    }

    private LogitsBatch enrich(FixedKeyRecord<byte[], byte[]> record, RecordMetadata source, ScoredRecord ahead) {
        String address = address(source);
        TokenBatch batch = intake.decode(address, source.topic(), record.key(), record.value());
        try (SwitchableTeacher.Lease lease = dependencies.teacher().hold()) {
            StreamTeacher teacher = lease.teacher();
            teacher.learnTokenizer(batch.getTokenizerHash(), VocabularyHeader.read(record.headers()));
            intake.requireTokenizer(address, batch, teacher);
            intake.requireKey(address, batch, record.key());
            return TokenBatches.isEndMarker(batch)
                    ? LogitsBatches.endMarker(batch, dependencies.codec())
                    : enrich(address, batch, teacher, ahead);
        }
    }

    private LogitsBatch enrich(String address, TokenBatch batch, StreamTeacher teacher, ScoredRecord ahead) {
        try {
            scored = ahead.of(batch)
                    .map(ScoredBatch::await)
                    .filter(result -> result.isBy(teacher))
                    .orElseGet(() -> scoreNow(batch, teacher));
            if (dependencies.lookAhead() != null) {
                dependencies.lookAhead().noteScored(batch);
            }
            SparseLogits logits = scored.logits();
            return new LogitsBatch(
                    batch,
                    teacher.identity(),
                    teacher.selectionRecord(),
                    dependencies.codec().name(),
                    dependencies.codec().encode(logits, PayloadShape.of(batch, logits.draws())));
        } catch (RefusedBatchException e) {
            throw refused(address, batch, e);
        } catch (UnusableBatchException e) {
            throw new UnusableBatchException(address + ": " + e.getMessage(), e);
        } catch (UsageException e) {
            throw new UsageException(address + ": " + e.getMessage());
        } catch (ModelException e) {
            throw new LogitstreamException(address + " (" + BatchKey.of(batch) + "): " + e.getMessage(), e);
        } catch (LogitstreamException e) {
            throw new LogitstreamException(address + ": the teacher's logits cannot be stored: " + e.getMessage(), e);
        }
    }

    private ScoredBatch scoreNow(TokenBatch batch, StreamTeacher teacher) {
        LookAhead ahead = dependencies.lookAhead();
        return ahead == null ? observed(batch, teacher) : ahead.scoreNow(() -> observed(batch, teacher));
    }

    private ScoredBatch observed(TokenBatch batch, StreamTeacher teacher) {
        PassListener pass = dependencies.listener().onPass(TokenBatches.positions(batch));
        try {
            ScoredBatch result = teacher.score(batch, reusable, pass::onShare);
            pass.onShare(1);
            return result;
        } finally {
            pass.onEnd();
        }
    }

    // A server that takes shorter rows than those of the topic would make a dead letter of each record.
    private RuntimeException refused(String address, TokenBatch batch, RefusedBatchException refusal) {
        LookAhead ahead = dependencies.lookAhead();
        boolean others =
                dependencies.confirmed().isTeacherConfirmed() || ahead != null && ahead.hasScoredRowsFor(batch);
        return others
                ? new UnusableBatchException(address + ": " + refusal.getMessage(), refusal)
                : new UsageException(address + ": " + refusal.getMessage()
                        + "; this teacher has scored no such rows of the topic, so this may be the configuration: check the"
                        + " context length of the server and that of the topic");
    }

    // A batch that is too large must not be skipped: the topic's limit has to be raised.
    private void requireFits(int bytes, RecordMetadata source) {
        if (bytes > dependencies.maxRecordBytes()) {
            throw new LogitstreamException(
                    address(source) + ": its logits take " + bytes + " bytes, but topic " + logitsTopic
                            + " takes at most " + dependencies.maxRecordBytes()
                            + " (max.message.bytes); raise topics.maxRecordBytes, or publish"
                            + " batches of fewer rows");
        }
    }

    private static String address(RecordMetadata source) {
        return RecordAddress.of(source.topic(), source.partition(), source.offset())
                .toString();
    }
}
