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
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.input.TokenRecordDecoder;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.model.UnusableBatchException;
import io.logitstream.teacher.stream.TeacherTopology.EnrichedRecord;
import io.logitstream.teacher.stream.TeacherTopology.Parts;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Runs the teacher over one token batch after the other; one instance a task. */
public final class TeacherProcessor implements FixedKeyProcessor<byte[], byte[], EnrichedRecord> {
    private final String logitsTopic;
    private final Parts parts;
    private final TokenRecordDecoder intake;
    private final AvroSerializer<LogitsBatch> writer;
    private final SparseLogits logits = new SparseLogits();
    private FixedKeyProcessorContext<byte[], EnrichedRecord> context;

    public TeacherProcessor(String logitsTopic, Parts parts) {
        this.logitsTopic = logitsTopic;
        this.parts = parts;
        this.intake = new TokenRecordDecoder(parts.registry(), parts.proofs());
        this.writer = new AvroSerializer<>(parts.registry(), parts.autoRegister());
    }

    @Override
    public void init(FixedKeyProcessorContext<byte[], EnrichedRecord> processorContext) {
        this.context = processorContext;
    }

    @Override
    public void process(FixedKeyRecord<byte[], byte[]> record) {
        RecordMetadata source = context.recordMetadata().orElseThrow();
        parts.stop().requireNone();
        requireKnown(source);
        SourcePosition.of(parts.source(), source.offset()).writeTo(record.headers());
        LogitsBatch enriched = enrich(record.key(), record.value(), source);
        TokenBatch batch = enriched.getBatch();
        byte[] value = writer.serialize(logitsTopic, enriched);
        requireFits(value.length, source);
        context.forward(record.withValue(new EnrichedRecord(value, source.partition())));
        if (!TokenBatches.isEndMarker(batch)) {
            parts.listener().onBatch(TokenBatches.positions(batch), logits.total(), value.length);
        }
    }

    private void requireKnown(RecordMetadata source) {
        if (source.partition() >= parts.source().partitions()) {
            throw new LogitstreamException(
                    "topic " + source.topic() + " has partition " + source.partition() + ", but had "
                            + parts.source().partitions()
                            + " partitions when the stream was started; a batch is in partition n mod"
                            + " partitions, so publish the corpus in a topic of its own (topics.tokens)");
        }
    }

    private LogitsBatch enrich(byte[] key, byte[] value, RecordMetadata source) {
        String address = address(source);
        TokenBatch batch = intake.decode(address, source.topic(), key, value);
        try (SwitchableTeacher.Lease lease = parts.teacher().hold()) {
            TeacherModel teacher = lease.teacher();
            intake.requireTokenizer(address, batch, teacher);
            intake.requireKey(address, batch, key);
            return TokenBatches.isEndMarker(batch)
                    ? LogitsBatches.endMarker(batch, parts.codec())
                    : enrich(address, batch, teacher);
        }
    }

    private LogitsBatch enrich(String address, TokenBatch batch, TeacherModel teacher) {
        try {
            teacher.process(batch, logits);
            return new LogitsBatch(
                    batch,
                    teacher.identity(),
                    teacher.selectionRecord(),
                    parts.codec().name(),
                    parts.codec().encode(logits, PayloadShape.of(batch, logits.draws())));
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

    // A batch that does not fit must not be skipped: the topic's limit is what has to change.
    private void requireFits(int bytes, RecordMetadata source) {
        if (bytes > parts.maxRecordBytes()) {
            throw new LogitstreamException(
                    address(source) + ": its logits take " + bytes + " bytes, but topic " + logitsTopic
                            + " takes at most " + parts.maxRecordBytes()
                            + " (max.message.bytes); raise topics.maxRecordBytes, or publish"
                            + " batches of fewer rows");
        }
    }

    private static String address(RecordMetadata source) {
        return RecordAddress.of(source.topic(), source.partition(), source.offset())
                .toString();
    }
}
