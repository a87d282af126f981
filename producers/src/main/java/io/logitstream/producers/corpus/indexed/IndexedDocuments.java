package io.logitstream.producers.corpus.indexed;

import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.FileStamp;
import io.logitstream.producers.corpus.files.UnusableFileException;
import io.logitstream.producers.corpus.text.DocumentPieces;
import io.logitstream.producers.corpus.text.DocumentSource;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Documents of an indexed file, as token ids. A document ends where the index says so, and after each end-of-text token
 * of the tokenizer, which is not part of it: the publisher adds that token to each document, whatever its format.
 */
public final class IndexedDocuments implements DocumentSource {
    /** Takes the stamp of a file, or gives the one that an earlier pass has taken. */
    @FunctionalInterface
    public interface Stamps {
        FileStamp of(Path file) throws IOException;
    }

    private static final String INDEX = ".idx";

    private final Tokenizer tokenizer;
    private final TokenIndex index;
    private final TokenFile tokens;
    private final FileStamp stamp;
    private long document;
    private boolean inDocument;
    private boolean ended;

    /**
     * Opens a file.
     *
     * @param file the {@code .idx} file
     * @param tokenizer tokenizer that made the ids; null if there is none
     * @param stamps stamp of the {@code .bin}
     * @throws UnusableFileException when the index or its {@code .bin} cannot be used
     */
    public IndexedDocuments(CorpusFile file, Tokenizer tokenizer, Stamps stamps) throws IOException {
        if (file.path() == null) {
            throw UnusableFileException.misfit("indexed tokens cannot be read from an archive or a pipe; unpack them");
        }
        if (tokenizer == null) {
            throw new UsageException(file.path() + " has token ids, from which no tokenizer can be trained; give text");
        }
        Path bin = bin(file.path());
        if (!Files.isRegularFile(bin)) {
            throw UnusableFileException.misfit("there is no " + bin.getFileName() + " beside it");
        }
        this.tokenizer = tokenizer;
        stamp = stamps.of(bin);
        index = TokenIndex.open(file.path());
        try {
            tokens = new TokenFile(bin, index.code());
        } catch (IOException e) {
            index.close();
            throw e;
        }
    }

    /** Whether a file is an index of tokens: by its name, and by its first bytes or the {@code .bin} beside it. */
    public static boolean isIndex(Path file) throws IOException {
        return file != null
                && file.toString().endsWith(INDEX)
                && (Files.isRegularFile(bin(file)) || TokenIndex.isIndex(file));
    }

    /** The {@code .bin} file of an index. */
    public static Path bin(Path index) {
        String name = index.getFileName().toString();
        return index.resolveSibling(name.substring(0, Math.max(0, name.length() - INDEX.length())) + ".bin");
    }

    @Override
    public DocumentPieces next(int pieceCharacters) throws IOException {
        try {
            while (!moveToToken()) {
                if (!index.nextDocument()) {
                    requireUnchanged();
                    return null;
                }
                document++;
                inDocument = true;
            }
            ended = false;
            return new TokenPieces(tokenizer, pieceCharacters, this::nextId);
        } catch (EOFException e) {
            throw UnusableFileException.damaged("its index ends too early");
        }
    }

    private void requireUnchanged() throws UnusableFileException {
        String change = stamp.change();
        if (change != null) {
            throw UnusableFileException.damaged("of its .bin, " + change);
        }
    }

    /** Whether the document of the index has another token. Moves to it. */
    private boolean moveToToken() throws IOException {
        while (inDocument && !tokens.hasNext()) {
            inDocument = index.nextSequence(tokens.width());
            if (inDocument) {
                tokens.moveTo(index.place(), index.tokens());
            }
        }
        return inDocument;
    }

    /** Next id of the document, checked against the vocabulary; -1 at its end. */
    private int nextId() throws IOException {
        ended = ended || !moveToToken();
        if (ended) {
            return -1;
        }
        long id = tokens.nextId();
        if (id < 0 || id >= tokenizer.vocabularySize()) {
            throw UnusableFileException.misfit("document " + document + " has token id " + id
                    + ", outside the vocabulary of " + tokenizer.vocabularySize() + " of " + tokenizer.file()
                    + "; name the tokenizer that made the ids (--tokenizer)");
        }
        if (id == tokenizer.endOfText()) {
            ended = true;
            return -1;
        }
        return (int) id;
    }

    /** Bytes of the {@code .bin} file read so far. */
    public long bytesRead() {
        return tokens.bytesRead();
    }

    @Override
    public void close() throws IOException {
        try {
            index.close();
        } finally {
            tokens.close();
        }
    }
}
