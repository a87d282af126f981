package io.logitstream.schemas.kafka;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The record header {@value #HEADER}: SHA-256 over ids and merges of the tokenizer that made a record, in lower-case
 * hexadecimal. A tokenizer.json with other bytes but the same ids and merges is recognised by it. Records of earlier
 * versions lack it; they are recognised by the SHA-256 of their tokenizer.json alone.
 */
public final class VocabularyHeader {
    private static final String HEADER = "logitstream-vocabulary";
    private static final int DIGITS = 64;

    private VocabularyHeader() {}

    /** Sets the header. */
    public static void write(Headers headers, String vocabulary) {
        headers.remove(HEADER);
        headers.add(HEADER, vocabulary.getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads the header; null if it is missing or has another length. */
    public static String read(Headers headers) {
        Header header = headers.lastHeader(HEADER);
        return header == null || header.value() == null || header.value().length != DIGITS
                ? null
                : new String(header.value(), StandardCharsets.US_ASCII);
    }
}
