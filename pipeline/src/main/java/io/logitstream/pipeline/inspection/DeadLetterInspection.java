package io.logitstream.pipeline.inspection;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.teacher.deadletters.DeadLetter;
import io.logitstream.teacher.deadletters.DeadLetterTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Content of a dead-letter topic, grouped by cause.
 *
 * @param topic name
 * @param holds {@code dead letters}
 * @param letters number of records in the topic
 * @param causes causes, the most frequent first
 */
public record DeadLetterInspection(String topic, String holds, long letters, List<Cause> causes) {
    /** Addresses of a cause kept in memory and shown in JSON, at most. */
    private static final int MOST_ADDRESSES = 100_000;

    private static final int SHOWN_ADDRESSES = 20;

    /**
     * Dead letters of one kind.
     *
     * @param cause cause of the first of them
     * @param letters their number
     * @param records addresses and keys of the original records, the first {@value #MOST_ADDRESSES}
     */
    public record Cause(String cause, long letters, List<Address> records) {
        private Cause with(DeadLetter letter) {
            if (records.size() < MOST_ADDRESSES) {
                records.add(new Address(letter.topic(), letter.partition(), letter.offset(), letter.key()));
            }
            return new Cause(cause, letters + 1, records);
        }
    }

    /** Address of a record that was sent to the dead-letter topic. */
    public record Address(String topic, int partition, long offset, String key) {}

    /** Reads a dead-letter topic. */
    public static DeadLetterInspection of(KafkaSettings kafka, String topic, int maxRecordBytes) {
        Map<String, Cause> causes = new LinkedHashMap<>();
        DeadLetterTopic.read(kafka, topic, maxRecordBytes, letter -> add(causes, letter));
        return of(topic, causes.values());
    }

    /** Groups dead letters that were read already. */
    static DeadLetterInspection of(String topic, Iterable<DeadLetter> letters) {
        Map<String, Cause> causes = new LinkedHashMap<>();
        letters.forEach(letter -> add(causes, letter));
        return of(topic, causes.values());
    }

    private static void add(Map<String, Cause> causes, DeadLetter letter) {
        causes.merge(
                letter.kindOfCause(),
                new Cause(letter.cause(), 0, new ArrayList<>()).with(letter),
                (before, one) -> before.with(letter));
    }

    private static DeadLetterInspection of(String topic, Collection<Cause> causes) {
        List<Cause> sorted = new ArrayList<>(causes);
        sorted.sort(Comparator.comparingLong(Cause::letters).reversed());
        sorted.forEach(cause -> cause.records.sort(Comparator.comparing(Address::topic)
                .thenComparing(Address::partition)
                .thenComparing(Address::offset)));
        return new DeadLetterInspection(
                topic, "dead letters", sorted.stream().mapToLong(Cause::letters).sum(), sorted);
    }

    /** Text for a terminal: each cause with its number of records and their addresses. */
    @JsonIgnore
    public String text() {
        StringBuilder text =
                new StringBuilder(String.format("topic        %s, %s%nrecords      %,d", topic, holds, letters));
        for (Cause cause : causes) {
            text.append(String.format("%n%ncause        %,d x %s", cause.letters, cause.cause));
            cause.records.stream()
                    .limit(SHOWN_ADDRESSES)
                    .forEach(record -> text.append(String.format(
                            "%n             %s",
                            RecordAddress.of(record.topic, record.partition, record.offset, record.key))));
            long more = cause.letters - Math.min(SHOWN_ADDRESSES, cause.records.size());
            if (more > 0) {
                text.append(String.format("%n             and %,d more; --json shows them", more));
            }
        }
        return text.toString();
    }
}
