package io.logitstream.teacher.input;

import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** The header by which a publisher marks a batch of its corpus. Records without it came from someone else. */
public final class BatchHeaders {
    private static final String POSITION = "logitstream-position";

    private BatchHeaders() {}

    /** Whether a publisher wrote the record as a batch. */
    public static boolean isPublished(Headers headers) {
        return number(headers) != null;
    }

    /** Running number of a batch in its corpus; null without the header. */
    public static Long number(Headers headers) {
        Header header = headers.lastHeader(POSITION);
        return header == null || header.value() == null || header.value().length != 3 * Long.BYTES
                ? null
                : Long.valueOf(ByteBuffer.wrap(header.value()).getLong());
    }
}
