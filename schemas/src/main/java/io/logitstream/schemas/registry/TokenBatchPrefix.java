package io.logitstream.schemas.registry;

import io.logitstream.schemas.BatchKey;
import java.io.IOException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/** Looks into a record whose schema is not known. */
public final class TokenBatchPrefix {
    private static final int HEADER_BYTES = 5;

    private TokenBatchPrefix() {}

    /**
     * Whether a value begins as a token batch of this key does, with corpus, shard and batch: then a producer has written
     * it, and what is missing is its schema. The schema may have changed behind these three.
     *
     * @param value in Confluent's wire format
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
