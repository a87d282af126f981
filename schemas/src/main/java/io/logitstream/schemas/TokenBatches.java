package io.logitstream.schemas;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.TopicSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/** Creates and checks {@link TokenBatch} records, and converts their tokens. */
public final class TokenBatches {

    /**
     * Upper bound, in bytes, of the size that names, hashes, key, Avro and Kafka's record batch add to tokens and
     * payload.
     */
    private static final int RECORD_OVERHEAD_BYTES = 4096;

    private TokenBatches() {}

    /**
     * Checks an untrusted record: its numbers, the size of its tokens and each id, or the shape of an end marker.
     * Position and limit of the tokens do not change.
     *
     * @return the same batch
     * @throws LogitstreamException if the record is corrupt; the message names the batch and the fault
     */
    public static TokenBatch require(TokenBatch batch) {
        ByteBuffer tokens = batch.getTokens();
        check(tokens != null && batch.getTokenizerHash() != null, batch, "a field is missing");
        try {
            BatchKey.of(batch);
        } catch (UsageException e) {
            throw new LogitstreamException("corrupt token batch: " + e.getMessage(), e);
        }
        check(
                batch.getVocabularySize() >= 1,
                batch,
                "vocabulary size " + batch.getVocabularySize() + " is not positive");
        Integer documentEnd = batch.getDocumentEnd();
        check(
                documentEnd == null || documentEnd >= 0 && documentEnd < batch.getVocabularySize(),
                batch,
                "the token that ends a document has id " + documentEnd + ", outside the vocabulary of "
                        + batch.getVocabularySize());
        if (isEndMarker(batch)) {
            EndOfCorpus end = batch.getEndOfCorpus();
            check(
                    batch.getShard() == 0
                            && batch.getBatch() == 0
                            && batch.getRows() == 0
                            && batch.getLength() == 0
                            && !tokens.hasRemaining(),
                    batch,
                    "an end-of-corpus marker must have no rows");
            check(
                    end.getBatches() >= 0 && end.getPredictedTokens() >= 0,
                    batch,
                    "the end-of-corpus marker counts " + end.getBatches() + " batches and " + end.getPredictedTokens()
                            + " predicted tokens");
            return batch;
        }
        check(
                batch.getRows() >= 1 && batch.getLength() >= 2,
                batch,
                batch.getRows() + " rows of " + batch.getLength() + " tokens predict nothing");
        // The product of two ints is below 2^62, and four times that fits into a long.
        check(
                4L * batch.getRows() * batch.getLength() == tokens.remaining(),
                batch,
                batch.getRows() + " rows of " + batch.getLength() + " tokens need 4 bytes each, but there are "
                        + tokens.remaining() + " bytes");
        IntBuffer ids = ints(tokens);
        for (int i = 0; i < ids.limit(); i++) {
            int id = ids.get(i);
            if (id < 0 || id >= batch.getVocabularySize()) {
                throw corrupt(
                        batch,
                        "token " + i + " has id " + id + ", outside the vocabulary of " + batch.getVocabularySize());
            }
        }
        return batch;
    }

    /** Token ids of all rows, row after row, in a new array of rows * length. The batch does not change. */
    public static int[] tokens(TokenBatch batch) {
        IntBuffer ids = ints(batch.getTokens());
        int[] tokens = new int[ids.remaining()];
        ids.get(tokens);
        return tokens;
    }

    /** Inverse of {@link #tokens}: the ids as the record stores them (int32, little endian), in a new buffer. */
    public static ByteBuffer bytes(int[] tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(tokens.length, 4));
        bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(tokens);
        return bytes;
    }

    /** Number of predicted positions of a checked batch: rows * (length - 1), or 0 for an end marker. */
    public static int positions(TokenBatch batch) {
        return isEndMarker(batch) ? 0 : batch.getRows() * (batch.getLength() - 1);
    }

    /** Whether a batch is the marker that ends a corpus in a partition. */
    public static boolean isEndMarker(TokenBatch batch) {
        return batch.getEndOfCorpus() != null;
    }

    /** Creates the marker that ends a corpus of joined documents in a partition. */
    public static TokenBatch endMarker(
            String corpus, String tokenizerHash, int vocabularySize, long batches, long predictedTokens) {
        return endMarker(corpus, tokenizerHash, vocabularySize, batches, predictedTokens, null);
    }

    /**
     * Creates the marker that ends a corpus in a partition.
     *
     * @param batches number of batches of the corpus in all partitions
     * @param predictedTokens number of predicted tokens of the corpus in all partitions
     * @param documentEnd id of the token that ends a document of an isolated corpus; null if documents are joined
     */
    public static TokenBatch endMarker(
            String corpus,
            String tokenizerHash,
            int vocabularySize,
            long batches,
            long predictedTokens,
            Integer documentEnd) {
        return new TokenBatch(
                corpus,
                0,
                0,
                0,
                0,
                ByteBuffer.allocate(0),
                tokenizerHash,
                vocabularySize,
                new EndOfCorpus(batches, predictedTokens),
                documentEnd);
    }

    /**
     * Upper bound of the size of a record in the tokens topic, in bytes, for comparison with {@link
     * TopicSettings#maxRecordBytes()}.
     *
     * @param rows rows of a batch
     * @param length tokens per row
     */
    public static long maxRecordBytes(int rows, int length) {
        return 4L * rows * length + RECORD_OVERHEAD_BYTES;
    }

    private static IntBuffer ints(ByteBuffer tokens) {
        return tokens.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    }

    private static void check(boolean holds, TokenBatch batch, String detail) {
        if (!holds) {
            throw corrupt(batch, detail);
        }
    }

    private static LogitstreamException corrupt(TokenBatch batch, String detail) {
        return new LogitstreamException("corrupt token batch " + batch.getCorpus() + "/" + batch.getShard() + "/"
                + batch.getBatch() + ": " + detail);
    }
}
