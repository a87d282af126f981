package io.logitstream.producers.corpus.text;

/**
 * A document, or a part of a long one.
 *
 * @param text at least one character, except for the last piece of a document whose file became unreadable
 * @param bytes size of the text in UTF-8
 * @param endOfDocument whether the document ends with this piece
 */
public record TextPiece(String text, int bytes, boolean endOfDocument) {
    /** Separates the files of a watched folder; a shard ends there as well. */
    public static final TextPiece END_OF_FILE = new TextPiece("", 0, false);
}
