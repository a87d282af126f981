package io.logitstream.pipeline.inspection;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.BatchReader;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a tokens or logits topic from the beginning to the current end offset and gathers its content. */
public final class TopicInspector {
    private static final Duration POLL = Duration.ofMillis(500);

    private final KafkaSettings kafka;
    private final String topic;
    private final int maxRecordBytes;
    private final TopicRange range;
    private final Map<String, Long> batches = new TreeMap<>();
    private final Map<String, Long> expectedBatches = new TreeMap<>();
    private final Set<String> tokenizers = new TreeSet<>();
    private final Set<String> teachers = new TreeSet<>();
    private final Set<String> selections = new TreeSet<>();
    private final Set<String> codecs = new TreeSet<>();
    private final TreeMap<Integer, Long> keptCounts = new TreeMap<>();
    private final SparseLogits logits = new SparseLogits();
    private long tokens;
    private long tokenBytes;
    private long bytes;
    private PayloadBytes parts = new PayloadBytes(0, 0, 0);
    private double tailMass;
    private double entropy;
    private long tokensWithStatistics;

    public TopicInspector(KafkaSettings kafka, String topic, int maxRecordBytes, TopicRange range) {
        this.kafka = kafka;
        this.topic = topic;
        this.maxRecordBytes = maxRecordBytes;
        this.range = range;
    }

    public TopicInspection inspect(LongConsumer progress) {
        Properties properties = kafka.consumerOfPresent(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try (KafkaConsumer<String, byte[]> consumer =
                        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
                SchemaRegistryClient registry = RegistryClients.create(kafka);
                TopicEnd end = new TopicEnd(kafka, topic, maxRecordBytes)) {
            List<PartitionInfo> infos = consumer.partitionsFor(topic);
            if (infos == null || infos.isEmpty()) {
                throw new LogitstreamException("topic " + topic + " does not exist on " + kafka.bootstrapServers());
            }
            readAll(consumer, registry, infos, progress);
            return result(infos.size(), end.isComplete());
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    private void readAll(
            KafkaConsumer<String, byte[]> consumer,
            SchemaRegistryClient registry,
            List<PartitionInfo> infos,
            LongConsumer progress) {
        List<TopicPartition> partitions = infos.stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .filter(partition -> range.partition() == null || partition.partition() == range.partition())
                .toList();
        if (partitions.isEmpty()) {
            throw new UsageException("topic " + topic + " has no partition " + range.partition()
                    + "; its partitions are 0 to " + (infos.size() - 1));
        }
        consumer.assign(partitions);
        consumer.beginningOffsets(partitions)
                .forEach((partition, beginning) -> consumer.seek(partition, Math.max(beginning, range.from())));
        Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
        ends.replaceAll((partition, end) -> Math.min(end, range.to()));
        BatchReader reader = new BatchReader(registry);
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                if (record.offset() >= range.to()) {
                    continue;
                }
                try {
                    read(reader, record);
                } catch (LogitstreamException | SerializationException e) {
                    throw new LogitstreamException(RecordAddress.of(record) + ": " + e.getMessage(), e);
                }
            }
            progress.accept(tokens);
        }
    }

    private void read(BatchReader reader, ConsumerRecord<String, byte[]> record) {
        BatchReader.Batch batch = reader.read(record);
        bytes += record.serializedKeySize() + record.serializedValueSize();
        if (batch.logits() != null) {
            LogitsBatches.decode(batch.logits(), logits);
            add(batch.tokens());
            addLogits(batch.logits());
        } else {
            add(TokenBatches.require(batch.tokens()));
        }
    }

    private void add(TokenBatch batch) {
        tokenizers.add(batch.getTokenizerHash() + " of vocabulary " + batch.getVocabularySize());
        if (TokenBatches.isEndMarker(batch)) {
            expectedBatches.put(batch.getCorpus(), batch.getEndOfCorpus().getBatches());
        } else {
            batches.merge(batch.getCorpus(), 1L, Long::sum);
            tokens += TokenBatches.positions(batch);
            tokenBytes += batch.getTokens().remaining();
        }
    }

    private void addLogits(LogitsBatch batch) {
        if (batch.getTeacher() == null) {
            return;
        }
        Teacher teacher = batch.getTeacher();
        teachers.add(teacher.getId() + " (weights " + teacher.getWeightsHash() + ")"
                + (teacher.getTrainingStep() == null ? "" : " step " + teacher.getTrainingStep()));
        Selection selection = batch.getSelection();
        selections.add(selection.getMethod()
                + (selection.getDraws() > 0
                        ? " draws=" + selection.getDraws() + " seed=" + selection.getSeed()
                        : " p=" + selection.getTopP() + " k=" + selection.getTopK()));
        codecs.add(batch.getCodec());
        PayloadShape shape = PayloadShape.of(batch.getBatch(), selection.getDraws());
        parts = parts.plus(LogitsCodecs.byName(batch.getCodec()).parts(batch.getPayload(), shape));
        for (int i = 0; i < logits.positions(); i++) {
            keptCounts.merge(logits.offsets()[i + 1] - logits.offsets()[i], 1L, Long::sum);
            tailMass += logits.tailMass()[i];
        }
        if (logits.hasStatistics()) {
            tokensWithStatistics += logits.positions();
            for (int i = 0; i < logits.positions(); i++) {
                entropy += logits.entropy()[i];
            }
        }
    }

    private TopicInspection result(int partitions, boolean ended) {
        if (!range.isAll()) {
            // The markers also count batches outside the range.
            expectedBatches.clear();
        }
        boolean complete = ended
                && expectedBatches.entrySet().stream()
                        .allMatch(corpus -> batches.getOrDefault(corpus.getKey(), 0L) >= corpus.getValue());
        boolean holdsLogits = !codecs.isEmpty();
        Long disk = range.isAll() ? TopicDiskUsage.bytes(kafka, topic) : null;
        return new TopicInspection(
                topic,
                holdsLogits ? "logits" : "tokens",
                partitions,
                ended,
                complete,
                batches,
                expectedBatches,
                tokens,
                tokens == 0 ? 0 : (double) bytes / tokens,
                disk == null || tokens == 0 ? null : (double) disk / tokens,
                List.copyOf(tokenizers),
                List.copyOf(teachers),
                List.copyOf(selections),
                List.copyOf(codecs),
                holdsLogits ? new TopicInspection.Kept(meanKept(), percentile(0.5), percentile(0.99)) : null,
                holdsLogits ? 1 - tailMass / tokens : null,
                holdsLogits ? tokensWithStatistics : null,
                tokensWithStatistics > 0 ? entropy / tokensWithStatistics : null,
                holdsLogits ? bytesPerToken() : null);
    }

    private TopicInspection.BytesPerToken bytesPerToken() {
        double rest = bytes - tokenBytes - parts.ids() - parts.values() - parts.rest();
        return new TopicInspection.BytesPerToken(
                (double) tokenBytes / tokens,
                parts.ids() / tokens,
                parts.values() / tokens,
                parts.rest() / tokens,
                rest / tokens);
    }

    private double meanKept() {
        return keptCounts.entrySet().stream()
                        .mapToDouble(entry -> (double) entry.getKey() * entry.getValue())
                        .sum()
                / tokens;
    }

    private int percentile(double part) {
        long below = 0;
        for (Map.Entry<Integer, Long> entry : keptCounts.entrySet()) {
            below += entry.getValue();
            if (below >= part * tokens) {
                return entry.getKey();
            }
        }
        return 0;
    }
}
