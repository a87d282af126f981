package io.logitstream.schemas.registry;

import io.logitstream.schemas.BatchKey;
import java.io.IOException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/** Comparison of a record whose schema is unknown with its key. */
public final class TokenBatchPrefix {
    private static final int HEADER_BYTES = 5;

    private TokenBatchPrefix() {}

    /**
     * Whether a value begins with the corpus, shard and batch of a key, as a token batch does. If so, a producer has
     * written the record, and only its schema is missing. The schema may differ after these three fields.
     *
     * @param value value in Confluent's wire format
     * @param key key of the record
     */
    public static boolean names(byte[] value, BatchKey key) {
        if (value.length <= HEADER_BYTES) {
            return false;
        }
        try {
            BinaryDecoder start =
                    DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, value.length - HEADER_BYTES, null);
            return key.corpus().equals(start.readString())
                    && start.readInt() == Math.max(0, key.shard())
                    && start.readInt() == Math.max(0, key.batch());
        } catch (IOException | AvroRuntimeException e) {
            return false;
        }
    }
}
