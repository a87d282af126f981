package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Position of a batch in its corpus, stored in the record header {@value #HEADER} as three big-endian int64. A publisher
 * adds the header to each batch, so foreign records lack it. From the header of the last record a publisher knows how
 * much of the corpus is in the topic.
 *
 * @param number running number of the batch over the corpus, from 0
 * @param tokensSoFar predicted tokens of the corpus up to and including the batch
 * @param tokensBeforeShard predicted tokens of the corpus before the batch's shard
 */
public record BatchPosition(long number, long tokensSoFar, long tokensBeforeShard) {
    private static final String HEADER = "logitstream-position";
    private static final int BYTES = 3 * Long.BYTES;

    /** Adds the header. */
    public void writeTo(Headers headers) {
        headers.add(
                HEADER,
                ByteBuffer.allocate(BYTES)
                        .putLong(number)
                        .putLong(tokensSoFar)
                        .putLong(tokensBeforeShard)
                        .array());
    }

    /**
     * Reads the header.
     *
     * @param where address of the record, for the message
     * @throws LogitstreamException when the header is missing or has another size
     */
    public static BatchPosition readFrom(Headers headers, String where) {
        BatchPosition position = find(headers);
        if (position == null) {
            throw new LogitstreamException(where + ": no usable header " + HEADER
                    + ", so publishing cannot continue after it; use another corpus name or an empty topic");
        }
        return position;
    }

    /** Whether a publisher wrote the record as a batch of a corpus. */
    public static boolean isPublished(Headers headers) {
        return find(headers) != null;
    }

    /** Running number of a batch in its corpus, from 0; null if the header is missing or has another size. */
    public static Long number(Headers headers) {
        BatchPosition position = find(headers);
        return position == null ? null : Long.valueOf(position.number);
    }

    private static BatchPosition find(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null || header.value().length != BYTES) {
            return null;
        }
        ByteBuffer value = ByteBuffer.wrap(header.value());
        return new BatchPosition(value.getLong(), value.getLong(), value.getLong());
    }
}
