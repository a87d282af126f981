package io.logitstream.teacher.input;

import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** The record header {@value #POSITION}, which a publisher adds to each batch of a corpus. Foreign records lack it. */
public final class BatchHeaders {
    private static final String POSITION = "logitstream-position";

    private BatchHeaders() {}

    /** Whether a publisher wrote the record as a batch of a corpus. */
    public static boolean isPublished(Headers headers) {
        return number(headers) != null;
    }

    /** Running number of a batch in its corpus, from 0; null without the header. */
    public static Long number(Headers headers) {
        Header header = headers.lastHeader(POSITION);
        return header == null || header.value() == null || header.value().length != 3 * Long.BYTES
                ? null
                : Long.valueOf(ByteBuffer.wrap(header.value()).getLong());
    }
}
