package io.logitstream.schemas.codec;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.ProbabilityMass;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;

/** Checks and decodes {@link LogitsBatch} records. */
public final class LogitsBatches {

    /** Upper bound, in bytes, of the size of the teacher's name and hash and of the selection's settings. */
    private static final int TEACHER_OVERHEAD_BYTES = 4096;

    /** Maximum number of draws of a sampled support, so that counts are exact in float32 and short in every codec. */
    public static final int MOST_DRAWS = 1 << 16;

    private LogitsBatches() {}

    /**
     * Checks an untrusted record with its payload, and decodes it.
     *
     * @param into receives the content: as many positions as the token batch predicts, none for an end marker;
     *     undefined after an exception
     * @throws LogitstreamException if the record is corrupt; the message names the batch and the fault
     */
    public static void decode(LogitsBatch batch, SparseLogits into) {
        TokenBatch tokens = TokenBatches.require(batch.getBatch());
        boolean end = TokenBatches.isEndMarker(tokens);
        boolean complete = batch.getTeacher() != null && batch.getSelection() != null;
        boolean empty = batch.getTeacher() == null
                && batch.getSelection() == null
                && !batch.getPayload().hasRemaining();
        if (end ? !empty : !complete) {
            throw new LogitstreamException("corrupt logits batch " + BatchKey.of(tokens) + ": "
                    + (end
                            ? "an end-of-corpus marker must have no teacher, selection or payload"
                            : "teacher or selection is missing"));
        }
        if (end) {
            into.resize(0, 0);
            return;
        }
        requireDraws(batch.getSelection(), tokens);
        try {
            LogitsCodec codec = LogitsCodecs.byName(batch.getCodec());
            codec.decode(
                    batch.getPayload(),
                    PayloadShape.of(tokens, batch.getSelection().getDraws()),
                    into);
            ProbabilityMass.require(into, codec);
        } catch (LogitstreamException e) {
            throw new LogitstreamException("batch " + BatchKey.of(tokens) + ": " + e.getMessage(), e);
        }
    }

    private static void requireDraws(Selection selection, TokenBatch tokens) {
        if (selection.getDraws() < 0 || selection.getDraws() > MOST_DRAWS) {
            throw new LogitstreamException("corrupt logits batch " + BatchKey.of(tokens) + ": " + selection.getDraws()
                    + " draws are outside [0, " + MOST_DRAWS + "]");
        }
    }

    /** Creates the end-of-corpus marker of the logits topic from that of the tokens topic. */
    public static LogitsBatch endMarker(TokenBatch marker, LogitsCodec codec) {
        return new LogitsBatch(marker, null, null, codec.name(), ByteBuffer.allocate(0));
    }

    /**
     * Upper bound of the size of a record in the logits topic, in bytes, for comparison with {@link
     * TopicSettings#maxRecordBytes()}.
     *
     * @param rows rows of a batch
     * @param length tokens per row
     * @param maxKept maximum number of kept entries of a position
     */
    public static long maxRecordBytes(LogitsCodec codec, int rows, int length, int maxKept) {
        return TokenBatches.maxRecordBytes(rows, length)
                + codec.maxBytes(Math.multiplyExact(rows, length - 1), maxKept)
                + TEACHER_OVERHEAD_BYTES;
    }
}
