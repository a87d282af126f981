package io.logitstream.schemas.archive;

import java.util.List;

/**
 * A record of a topic as an archive keeps it.
 *
 * @param partition partition that the record was in
 * @param offset its offset there
 * @param timestamp its time, in milliseconds since 1970
 * @param key its key, as in {@code demo/00003/0000042}
 * @param headers its headers, in their order
 * @param payload Avro binary of its value, without the five bytes of Confluent's wire format in front of it
 */
public record ArchivedRecord(
        int partition, long offset, long timestamp, String key, List<Header> headers, byte[] payload) {

    /**
     * A header.
     *
     * @param key its name
     * @param value its value, may be null
     */
    public record Header(String key, byte[] value) {}
}
