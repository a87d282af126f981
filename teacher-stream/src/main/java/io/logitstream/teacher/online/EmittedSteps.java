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
 * The steps of a learning teacher that are in its logits topic already. Steps are committed whole and in order, so that
 * the last record of each partition tells all of it: every batch up to the last step is there.
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
     * Looks at the end of each partition.
     *
     * @param end of the topic; no writer may be at work
     * @param teacher the teacher that must have made all records; its training step is not looked at
     * @param selection how it selects
     * @param codec how it stores
     * @throws UsageException when the topic holds something else
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
                            + " partitions: someone else writes to it; use another topic (topics.logits)");
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
                    + describe(teacher) + ": a run of other settings; use another topic (topics.logits)");
        }
        if (!batch.getSelection().equals(selection) || !batch.getCodec().equals(codec)) {
            throw new UsageException(address + ": kept with " + batch.getSelection() + " as " + batch.getCodec()
                    + ", but this run keeps with " + selection + " as " + codec
                    + "; a run cannot change what it keeps");
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

    /** The last step that is there, 0 when there is none. */
    long step() {
        return lasts.values().stream().mapToLong(Last::step).max().orElse(0);
    }

    /** Whether the end-of-corpus markers are there. */
    boolean complete() {
        return complete;
    }

    /** Any batch of the last step, or null. */
    LogitsBatch lastBatch() {
        return lasts.values().stream()
                .filter(last -> last.step == step())
                .findFirst()
                .map(Last::record)
                .orElse(null);
    }

    /**
     * Requires that the last batch of a step in a partition is there, as far as the partition's last record tells.
     *
     * @param step a step up to the last
     */
    void require(BatchKey key, int partition, long step) {
        Last last = lasts.get(partition);
        if (last == null || last.step < step || last.step == step && !last.key.equals(key.toString())) {
            throw new LogitstreamException(
                    "topic " + topic + ", partition " + partition + ": batch " + key + " of training step "
                            + step + " is to be there already, but the partition ends with "
                            + (last == null ? "nothing" : last.key + " of step " + last.step)
                            + ": the topic was not written by this run; start again with a new topic"
                            + " (topics.logits) and a new output folder");
        }
    }
}
