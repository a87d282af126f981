package io.logitstream.producers.corpus.indexed;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.text.DocumentPieces;
import io.logitstream.producers.corpus.text.PieceSplitter;
import io.logitstream.producers.corpus.text.TextPiece;
import java.io.IOException;
import java.util.Arrays;

/**
 * Cuts the ids of a long document where {@link PieceSplitter} cuts its text, so that shards end at the same places. Only
 * documents longer than a piece are decoded for that.
 */
final class TokenPieces implements DocumentPieces {
    /** Source of the ids of a document. */
    interface Ids {
        /** Next id; -1 at the end. */
        int next() throws IOException;
    }

    // A character of UTF-16 takes up to three bytes of UTF-8; a few more, as the last character may be incomplete.
    private static final int BYTES_OF_A_CHARACTER = 3;
    private static final int SPARE_BYTES = 8;
    // Tokens without a text, such as padding, count too, so that a document of them has pieces and its shards end.
    private static final int TOKENS_OF_A_BYTE = 8;

    private final Tokenizer tokenizer;
    private final int limit;
    private final Ids source;
    private int[] ids = new int[1 << 10];
    private int filled;
    private long bytes;
    private boolean sourceEnded;
    private boolean ended;

    TokenPieces(Tokenizer tokenizer, int limit, Ids source) {
        this.tokenizer = tokenizer;
        this.limit = limit;
        this.source = source;
    }

    @Override
    public TextPiece next() throws IOException {
        if (ended) {
            return null;
        }
        fill();
        if (bytes > limit) {
            String text = tokenizer.decode(Arrays.copyOf(ids, filled));
            if (text.length() > limit) {
                char[] beginning = text.substring(0, limit + 1).toCharArray();
                return take(tokensOf(PieceSplitter.utf8Length(text.substring(0, PieceSplitter.cut(beginning, limit)))));
            }
        }
        ended = sourceEnded;
        return take(filled);
    }

    private void fill() throws IOException {
        long enough = BYTES_OF_A_CHARACTER * (limit + 1L) + SPARE_BYTES;
        while (!sourceEnded && bytes < enough && filled < enough) {
            int id = source.next();
            if (id < 0) {
                sourceEnded = true;
            } else {
                if (filled == ids.length) {
                    ids = Arrays.copyOf(ids, 2 * filled);
                }
                ids[filled++] = id;
                bytes += tokenizer.utf8Length(id);
            }
        }
    }

    /** Number of tokens that hold the first bytes. */
    private int tokensOf(int wanted) {
        int held = 0;
        int count = 0;
        while (count < filled && held < wanted) {
            held += tokenizer.utf8Length(ids[count++]);
        }
        return Math.max(1, count);
    }

    private TextPiece take(int count) {
        int[] taken = Arrays.copyOf(ids, count);
        int size = Arrays.stream(taken).map(tokenizer::utf8Length).sum();
        System.arraycopy(ids, count, ids, 0, filled - count);
        filled -= count;
        bytes -= size;
        return new TextPiece("", taken, Math.max(size, count / TOKENS_OF_A_BYTE), ended);
    }
}
