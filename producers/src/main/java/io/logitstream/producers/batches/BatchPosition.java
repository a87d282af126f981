package io.logitstream.producers.batches;

import io.logitstream.messages.LogitstreamException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Position of a batch in its corpus, stored in the record header {@value #HEADER} as three big-endian int64. From the
 * header of the last record a producer knows how much of the corpus is in the topic.
 *
 * @param number running number of the batch over the corpus, from 0
 * @param tokensSoFar predicted tokens of the corpus up to and including the batch
 * @param tokensBeforeShard predicted tokens of the corpus before the batch's shard
 */
public record BatchPosition(long number, long tokensSoFar, long tokensBeforeShard) {
    static final String HEADER = "logitstream-position";

    /** Position of a batch. */
    public static BatchPosition of(CorpusBatch batch) {
        return new BatchPosition(batch.number(), batch.tokensSoFar(), batch.tokensBeforeShard());
    }

    /** Adds the header. */
    public void writeTo(Headers headers) {
        headers.add(
                HEADER,
                ByteBuffer.allocate(3 * Long.BYTES)
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
        Header header = headers.lastHeader(HEADER);
        if (header == null || header.value() == null || header.value().length != 3 * Long.BYTES) {
            throw new LogitstreamException(where + ": no usable header " + HEADER
                    + ", so publishing cannot continue after it; use another corpus name or an empty topic");
        }
        ByteBuffer value = ByteBuffer.wrap(header.value());
        return new BatchPosition(value.getLong(), value.getLong(), value.getLong());
    }
}
