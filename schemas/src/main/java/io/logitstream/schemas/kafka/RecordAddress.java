package io.logitstream.schemas.kafka;

import io.logitstream.messages.Printable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The place of a record as messages name it: topic, partition and offset, and the key where it is known, as in
 * {@code logits-3@1042 (demo/00003/0000042)}.
 *
 * @param topic name of the topic
 * @param partition number of the partition
 * @param offset offset within the partition
 * @param key the key in printable form; null to leave it out
 */
public record RecordAddress(String topic, int partition, long offset, String key) {
    private static final String NO_KEY = "no key";

    /** The longest part of a binary key that is decoded: enough for what is printed. */
    private static final int KEY_BYTES = 4 * Printable.LIMIT;

    /** The address of a record, with its key. */
    public static RecordAddress of(ConsumerRecord<?, ?> record) {
        return new RecordAddress(record.topic(), record.partition(), record.offset(), printable(record.key()));
    }

    /**
     * The address of a record with a known key.
     *
     * @param key the record's key; null where the record has none
     */
    public static RecordAddress of(String topic, int partition, long offset, String key) {
        return new RecordAddress(topic, partition, offset, printable(key));
    }

    /** An address without a key. */
    public static RecordAddress of(String topic, int partition, long offset) {
        return new RecordAddress(topic, partition, offset, null);
    }

    private static String printable(Object key) {
        if (key == null) {
            return NO_KEY;
        }
        if (key instanceof byte[] bytes) {
            byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, KEY_BYTES));
            return Printable.of(new String(start, StandardCharsets.UTF_8));
        }
        return Printable.of(key);
    }

    @Override
    public String toString() {
        String place = topic + "-" + partition + "@" + offset;
        return key == null ? place : place + " (" + key + ")";
    }
}
