package io.logitstream.teacher;

import io.logitstream.schemas.AvroDeserializer;
import io.logitstream.schemas.AvroSerializer;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.LogitsBatches;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.PayloadShape;
import io.logitstream.schemas.SparseLogits;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.UsageException;
import io.logitstream.teacher.TeacherTopology.Enriched;
import io.logitstream.teacher.TeacherTopology.Parts;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Runs the teacher over one token batch after the other; one instance a task. */
final class TeacherProcessor implements FixedKeyProcessor<byte[], byte[], Enriched> {
  private final String logitsTopic;
  private final Parts parts;
  private final AvroDeserializer<TokenBatch> reader;
  private final AvroSerializer<LogitsBatch> writer;
  private final SparseLogits logits = new SparseLogits();
  private FixedKeyProcessorContext<byte[], Enriched> context;

  TeacherProcessor(String logitsTopic, Parts parts) {
    this.logitsTopic = logitsTopic;
    this.parts = parts;
    this.reader = new AvroDeserializer<>(parts.registry(), TokenBatch.class);
    this.writer = new AvroSerializer<>(parts.registry(), parts.autoRegister());
  }

  @Override
  public void init(FixedKeyProcessorContext<byte[], Enriched> processorContext) {
    this.context = processorContext;
  }

  @Override
  public void process(FixedKeyRecord<byte[], byte[]> record) {
    RecordMetadata source = context.recordMetadata().orElseThrow();
    TokenBatch batch = decode(source, record.value());
    LogitsBatch enriched = batch.getEndOfCorpus() != null ? LogitsBatches.endMarker(batch, parts.codec())
        : enrich(batch, source);
    byte[] value = writer.serialize(logitsTopic, enriched);
    requireFits(value.length, source);
    context.forward(record.withValue(new Enriched(value, source.partition())));
    if (batch.getEndOfCorpus() == null) {
      parts.listener().onBatch(TokenBatches.positions(batch), logits.total(), value.length);
    }
  }

  // A registry that does not answer (LogitstreamException of the reader) says nothing about the record: that stops the
  // stream. All other errors here are the record's own.
  private TokenBatch decode(RecordMetadata source, byte[] value) {
    TokenBatch batch;
    try {
      batch = reader.deserialize(source.topic(), value);
    } catch (SerializationException e) {
      throw new UnusableBatchException(address(source) + ": " + e.getMessage(), e);
    }
    if (batch == null) {
      throw new UnusableBatchException(address(source) + ": the record has no value");
    }
    try {
      return TokenBatches.require(batch);
    } catch (LogitstreamException e) {
      throw new UnusableBatchException(address(source) + ": " + e.getMessage(), e);
    }
  }

  private LogitsBatch enrich(TokenBatch batch, RecordMetadata source) {
    try (CurrentTeacher.Lease lease = parts.teacher().hold()) {
      TeacherModel teacher = lease.teacher();
      teacher.process(batch, logits);
      return new LogitsBatch(batch, teacher.identity(), teacher.selectionRecord(), parts.codec().name(),
          parts.codec().encode(logits, PayloadShape.of(batch, logits.draws())));
    } catch (UnusableBatchException e) {
      throw new UnusableBatchException(address(source) + ": " + e.getMessage(), e);
    } catch (UsageException e) {
      throw new UsageException(address(source) + ": " + e.getMessage());
    } catch (LogitstreamException e) {
      throw new LogitstreamException(address(source) + ": the teacher's logits cannot be stored: " + e.getMessage(), e);
    }
  }

  // A batch that does not fit must not be skipped: the topic's limit is what has to change.
  private void requireFits(int bytes, RecordMetadata source) {
    if (bytes > parts.maxRecordBytes()) {
      throw new LogitstreamException(address(source) + ": its logits take " + bytes + " bytes, but topic " + logitsTopic
          + " takes at most " + parts.maxRecordBytes() + " (max.message.bytes); raise topics.maxRecordBytes, or publish"
          + " batches of fewer rows");
    }
  }

  private static String address(RecordMetadata source) {
    return "topic " + source.topic() + ", partition " + source.partition() + ", offset " + source.offset();
  }
}
