package io.logitstream.teacher.online;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.UnresolvedSchemaException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * The training steps whose logits are in the topic. Steps are committed whole and in order, so the last record of each
 * partition determines them: the topic has every batch up to the last step.
 */
final class EmittedSteps {
    /** The last batch of a partition. */
    private record Last(String key, long step, LogitsBatch record) {}

    private final String topic;
    private final Map<Integer, Last> lasts = new HashMap<>();
    private final int partitions;
    private final boolean complete;

    private EmittedSteps(String topic, int partitions, Map<Integer, Last> lasts, boolean complete) {
        this.topic = topic;
        this.partitions = partitions;
        this.lasts.putAll(lasts);
        this.complete = complete;
    }

    /**
     * Reads the last records of each partition.
     *
     * @param end reader of the topic's last records; no producer may be writing
     * @param teacher teacher of this run; its training step is ignored
     * @param selection selection of this run
     * @param codec codec of this run
     * @throws UsageException when the topic contains records of another teacher, selection or codec
     */
    static EmittedSteps read(
            TopicEnd end,
            String topic,
            SchemaRegistryClient registry,
            Teacher teacher,
            Selection selection,
            String codec) {
        AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
        Map<Integer, Last> lasts = new HashMap<>();
        int markers = 0;
        List<Integer> partitions = end.partitions();
        for (int partition : partitions) {
            for (ConsumerRecord<String, byte[]> record : end.tail(partition, 2)) {
                if (RecordKind.of(record) == RecordKind.END_OF_CORPUS) {
                    markers++;
                } else {
                    lasts.put(partition, last(reader, record, teacher, selection, codec));
                }
            }
        }
        if (markers > 0 && markers < partitions.size()) {
            throw new LogitstreamException(
                    "topic " + topic + " ends with an end-of-corpus marker in " + markers + " of " + partitions.size()
                            + " partitions: another application writes to it; use another topic (topics.logits)");
        }
        return new EmittedSteps(topic, partitions.size(), lasts, markers > 0);
    }

    private static Last last(
            AvroDeserializer<LogitsBatch> reader,
            ConsumerRecord<String, byte[]> record,
            Teacher teacher,
            Selection selection,
            String codec) {
        RecordAddress address = RecordAddress.of(record);
        LogitsBatch batch;
        try {
            batch = reader.deserialize(record.topic(), record.value());
        } catch (UnresolvedSchemaException e) {
            throw new LogitstreamException(address + ": " + e.getMessage(), e);
        } catch (SerializationException e) {
            throw new UsageException(address + ": " + e.getMessage() + "; use another topic (topics.logits)");
        }
        if (batch == null) {
            throw new UsageException(address + ": the record has no value; use another topic (topics.logits)");
        }
        Teacher found = batch.getTeacher();
        if (found == null
                || found.getTrainingStep() == null
                || !found.getId().equals(teacher.getId())
                || !found.getWeightsHash().equals(teacher.getWeightsHash())) {
            throw new UsageException(address + ": made by teacher " + describe(found) + ", but this run is teacher "
                    + describe(teacher) + ": the settings of the runs differ; use another topic (topics.logits)");
        }
        if (!batch.getSelection().equals(selection) || !batch.getCodec().equals(codec)) {
            throw new UsageException(
                    address + ": selected with " + batch.getSelection() + " in codec " + batch.getCodec()
                            + ", but this run selects with " + selection + " in codec " + codec
                            + "; a run cannot change its selection or codec; use another topic (topics.logits)");
        }
        return new Last(record.key(), found.getTrainingStep(), batch);
    }

    private static String describe(Teacher teacher) {
        return teacher == null
                ? "none"
                : teacher.getId() + " ("
                        + teacher.getWeightsHash()
                                .substring(
                                        0, Math.min(12, teacher.getWeightsHash().length())) + ")";
    }

    int partitions() {
        return partitions;
    }

    /** Last step in the topic; 0 if there is none. */
    long step() {
        return lasts.values().stream().mapToLong(Last::step).max().orElse(0);
    }

    /** Whether the topic has end-of-corpus markers. */
    boolean complete() {
        return complete;
    }

    /** A batch of the last step; null if there is none. */
    LogitsBatch lastBatch() {
        return lasts.values().stream()
                .filter(last -> last.step == step())
                .findFirst()
                .map(Last::record)
                .orElse(null);
    }

    /**
     * Requires that the topic contains a batch, as far as the partition's last record shows.
     *
     * @param key key of the step's last batch in the partition
     * @param partition number of the partition
     * @param step training step, at most {@link #step}
     */
    void require(BatchKey key, int partition, long step) {
        Last last = lasts.get(partition);
        if (last == null || last.step < step || last.step == step && !last.key.equals(key.toString())) {
            throw new LogitstreamException(
                    "topic " + topic + ", partition " + partition + ": batch " + key + " of training step "
                            + step + " should be in the topic, but the partition ends with "
                            + (last == null ? "nothing" : last.key + " of step " + last.step)
                            + ": the topic was not written by this run; start again with a new topic"
                            + " (topics.logits) and a new output folder");
        }
    }
}
