package io.logitstream.producers.corpus.text;

/**
 * A document, or a part of one that is too long to tokenize at once.
 *
 * @param text at least one character, except in the last piece of a document that is cut off
 * @param bytes of the text in UTF-8
 * @param endOfDocument whether the document ends with it
 */
public record TextPiece(String text, int bytes, boolean endOfDocument) {
    /** Stands between the files of a watched folder, where a shard ends too. */
    public static final TextPiece END_OF_FILE = new TextPiece("", 0, false);
}
