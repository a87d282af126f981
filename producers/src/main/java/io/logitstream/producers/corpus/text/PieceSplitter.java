package io.logitstream.producers.corpus.text;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.channels.ClosedByInterruptException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Cuts a long document into pieces whose token ids, concatenated, are the ids of the whole document. The cut is between
 * a letter and a single space that is followed by a letter: there, all common byte-level pre-tokenizers end a token.
 * (They do not at a line feed: GPT-2's looks ahead over white space, and later ones join a line feed with preceding
 * punctuation.) Without such a position, the cut is after the last line feed, or at the limit; the ids around the cut
 * can differ then. A tokenizer that puts a space before each text (Llama 2's) does so before each piece.
 */
public final class PieceSplitter implements DocumentPieces {
    private final Reader text;
    private final int limit;
    private char[] buffer;
    private int filled;
    private boolean ended;
    private IOException failure;

    /**
     * @param text the document
     * @param limit maximum number of characters of a piece, at least 2
     */
    public PieceSplitter(Reader text, int limit) {
        this.text = text;
        this.limit = limit;
        buffer = new char[Math.min(limit, 8191) + 1];
    }

    /** The pieces of a text in memory, which is one piece if it is short. */
    public static DocumentPieces of(String text, int limit) {
        if (text.length() > limit) {
            return new PieceSplitter(new StringReader(text), limit);
        }
        Iterator<TextPiece> only =
                List.of(new TextPiece(text, utf8Length(text), true)).iterator();
        return () -> only.hasNext() ? only.next() : null;
    }

    /**
     * Next piece; null after the last one. An empty document has one empty piece. If reading fails, the text before the
     * error is returned first, and the next call throws the error.
     */
    @Override
    public TextPiece next() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (ended) {
            return null;
        }
        fill();
        // One more character than the limit is read, to know whether a full piece is the last one.
        ended = filled <= limit;
        int end = ended ? filled : cut(buffer, limit);
        String piece = new String(buffer, 0, end);
        System.arraycopy(buffer, end, buffer, 0, filled - end);
        filled -= end;
        return new TextPiece(piece, utf8Length(piece), ended);
    }

    private void fill() throws IOException {
        while (filled <= limit) {
            if (filled == buffer.length) {
                buffer = Arrays.copyOf(buffer, Math.min(limit + 1, buffer.length * 2));
            }
            int read = read();
            if (read < 0) {
                return;
            }
            filled += read;
        }
    }

    private int read() throws IOException {
        try {
            return text.read(buffer, filled, buffer.length - filled);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            if (filled == 0) {
                throw e;
            }
            failure = e;
            return -1;
        }
    }

    /**
     * Place of the cut in a text that is longer than a piece.
     *
     * @param buffer the beginning of the text, with one more character than a piece can have
     * @param limit maximum number of characters of a piece
     */
    public static int cut(char[] buffer, int limit) {
        for (int end = limit - 1; end > 0; end--) {
            if (buffer[end] == ' ' && Character.isLetter(buffer[end - 1]) && Character.isLetter(buffer[end + 1])) {
                return end;
            }
        }
        for (int end = limit; end > 0; end--) {
            if (buffer[end - 1] == '\n') {
                return end;
            }
        }
        return Character.isHighSurrogate(buffer[limit - 1]) ? limit - 1 : limit;
    }

    /** Size of a text in UTF-8. */
    public static int utf8Length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Each half of a surrogate pair counts for two of the pair's four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }
}
