package io.logitstream.producers.corpus.text;

/**
 * A document, or a part of a long one: text, or the ids of its tokens.
 *
 * @param text at least one character, except for the last piece of a document whose file became unreadable; empty if
 *     there are ids
 * @param ids ids of the tokens, without the one that ends a document; null for text
 * @param bytes size of the text in UTF-8
 * @param endOfDocument whether the document ends with this piece
 */
public record TextPiece(String text, int[] ids, int bytes, boolean endOfDocument) {
    /** Separates the files of a watched folder; a shard ends there as well. */
    public static final TextPiece END_OF_FILE = new TextPiece("", 0, false);
    /** Separates two passes over a corpus; a shard ends there as well. */
    public static final TextPiece END_OF_PASS = new TextPiece("", 0, false);

    /** A piece of text. */
    public TextPiece(String text, int bytes, boolean endOfDocument) {
        this(text, null, bytes, endOfDocument);
    }

    /** Whether the piece has neither a character nor a token. */
    public boolean isEmpty() {
        return text.isEmpty() && (ids == null || ids.length == 0);
    }
}
