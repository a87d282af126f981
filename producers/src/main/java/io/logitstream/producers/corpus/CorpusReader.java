package io.logitstream.producers.corpus;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusFiles;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.FileStamp;
import io.logitstream.producers.corpus.files.ZipArchives;
import io.logitstream.producers.corpus.indexed.IndexedPairs;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.producers.corpus.text.DocumentPieces;
import io.logitstream.producers.corpus.text.DocumentSource;
import io.logitstream.producers.corpus.text.TextPiece;
import io.logitstream.producers.corpus.watch.WatchedFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Streams a corpus in pieces of text. Memory is bounded by the size of a piece and of a JSON line. Files that are not
 * text and broken lines are skipped, counted and logged; a corpus without any text is an error. Not thread-safe.
 */
public final class CorpusReader implements Iterator<TextPiece>, AutoCloseable {
    /**
     * Limits of memory.
     *
     * @param pieceCharacters maximum number of characters of a piece
     * @param lineBytes maximum number of bytes of a JSON line
     */
    record Limits(int pieceCharacters, int lineBytes) {}

    private static final Limits LIMITS = new Limits(1 << 20, 64 << 20);

    private final CorpusConfig config;
    private final int pieceCharacters;
    private final CorpusProblems problems = new CorpusProblems();
    private final ZipArchives archives = new ZipArchives();
    private final DocumentOpener opener;
    private final UnreadableFiles unreadable;
    private final Passes passes;
    private final TextCounts counts;
    private final WatchedFolder watched;

    private Iterator<CorpusFile> files;
    private CorpusFile file;
    private FileStamp stamp;
    private DocumentSource documents;
    private DocumentPieces document;
    private boolean documentBegun;
    private boolean fileGaveText;
    private TextPiece next;
    private boolean finished;
    private boolean endOfFileDue;

    /**
     * Opens a corpus of text.
     *
     * @throws UsageException when the corpus does not exist or has no file
     */
    public CorpusReader(CorpusConfig config) {
        this(config, null);
    }

    /**
     * Opens a corpus of text or of token ids.
     *
     * @param tokenizer tokenizer that made the ids; null if there are none. Closed by its owner
     * @throws UsageException when the corpus does not exist or has no file
     */
    public CorpusReader(CorpusConfig config, Tokenizer tokenizer) {
        this(config, tokenizer, System.in, LIMITS);
    }

    /**
     * Opens a source of a corpus, which is the corpus itself or one of the sources of a mixture.
     *
     * @param corpus the corpus
     * @param source its source
     * @param tokenizer tokenizer that made ids; null if there are none
     * @throws UsageException when the source does not exist or has no file, or can be read only once in a mixture
     */
    public static CorpusReader ofSource(CorpusConfig corpus, CorpusConfig source, Tokenizer tokenizer) {
        return Mixtures.naming(corpus, source.name(), () -> {
            if (corpus.mixture() != null && isReadOnce(source)) {
                throw new UsageException(source.source() + " is a pipe, which a mixture cannot continue or repeat;"
                        + " write the texts to a file");
            }
            return new CorpusReader(source, tokenizer);
        });
    }

    CorpusReader(CorpusConfig config, Tokenizer tokenizer, InputStream standardInput, Limits limits) {
        if (config.passes() > 1 && (config.watch() != null || isReadOnce(config))) {
            throw new UsageException("corpus.epochs is " + config.epochs() + ", but " + config.source()
                    + (config.watch() != null ? " is a watched folder" : " can be read only once"));
        }
        this.config = IndexedPairs.resolved(config);
        pieceCharacters = limits.pieceCharacters();
        opener = new DocumentOpener(config, tokenizer, limits.lineBytes(), problems);
        unreadable = new UnreadableFiles(config, problems);
        watched = config.watch() == null ? null : new WatchedFolder(config, problems);
        if (watched != null) {
            passes = new Passes(List.of(), 1);
            counts = new TextCounts(passes);
            files = watched;
            return;
        }
        List<CorpusFile> found =
                IndexedPairs.joined(new CorpusFiles(this.config, archives, problems).find(standardInput));
        passes = new Passes(found, config.passes());
        counts = new TextCounts(passes);
        files = passes.files();
    }

    /**
     * Whether there is another piece. Reads the corpus until it finds one.
     *
     * @throws UsageException when the corpus has no text at all
     */
    @Override
    public boolean hasNext() {
        while (next == null && !finished) {
            advance();
        }
        return next != null;
    }

    @Override
    public TextPiece next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        TextPiece piece = next;
        next = null;
        return piece;
    }

    /**
     * Starts at the last possible position before a shard.
     *
     * @param shard number of the shard
     * @return number of the shard that the first piece belongs to
     */
    public int startAt(int shard) {
        return watched == null ? 0 : watched.startAt(shard);
    }

    /**
     * Leaves out whole passes, directly after the end of a pass.
     *
     * @param count number of passes
     * @return number of passes that were left out, fewer at the end
     */
    public int skipPasses(long count) {
        return passes.skip(count);
    }

    /** Whether the corpus has to end at once, because its watched folder has a file {@value WatchedFolder#WITHDRAW}. */
    public static boolean isWithdrawn(CorpusConfig config) {
        return config.watch() != null && Files.exists(Path.of(config.source()).resolve(WatchedFolder.WITHDRAW));
    }

    /** Whether the source of a corpus can be read only once: standard input or a pipe. */
    public static boolean isReadOnce(CorpusConfig config) {
        if (config.source() == null) {
            return false;
        }
        Path path = Path.of(config.source());
        return config.source().equals(CorpusConfig.STANDARD_INPUT)
                || Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
    }

    /** Tells the watched folder, at the end of a file, how many shards are complete. */
    public void shards(int count) {
        watched.shards(count);
    }

    /** Counts of the text read so far. */
    public CorpusReport report() {
        return counts.report(problems);
    }

    /** Fraction of the corpus' stored bytes that was read, 0 to 1; NaN if its size is unknown (standard input). */
    public double fraction() {
        return passes.fraction(file == null ? 0 : opener.storedBytesRead());
    }

    @Override
    public void close() {
        try {
            closeFile();
            archives.close();
            if (watched != null) {
                watched.close();
            }
        } catch (IOException e) {
            // All text that is used was read before.
        }
    }

    private void advance() {
        try {
            if (endOfFileDue) {
                endOfFileDue = false;
                next = TextPiece.END_OF_FILE;
            } else if (document != null) {
                nextPiece();
            } else if (documents != null) {
                nextDocument();
            } else if (files.hasNext()) {
                nextFile();
            } else {
                finish();
            }
        } catch (ClosedByInterruptException e) {
            throw new LogitstreamException("interrupted while reading " + file.name(), e);
        } catch (IOException e) {
            unreadable.damaged(file, stamp, fileGaveText, e);
            if (documentBegun) {
                // The text returned so far becomes a document of its own.
                next = new TextPiece("", 0, true);
            }
            closeFile();
        }
    }

    private void nextPiece() throws IOException {
        TextPiece piece = document.next();
        if (piece == null) {
            document = null;
        } else if (piece.isEmpty() && !documentBegun) {
            counts.addEmpty();
            document = null;
        } else {
            counts.add(piece, !fileGaveText, !documentBegun);
            fileGaveText = true;
            documentBegun = !piece.endOfDocument();
            next = piece;
        }
    }

    private void nextDocument() throws IOException {
        document = documents.next(pieceCharacters);
        if (document == null) {
            unreadable.requireUnchanged(file, stamp);
            closeFile();
        }
    }

    private void nextFile() throws IOException {
        problems.beginReading();
        file = files.next();
        fileGaveText = false;
        stamp = passes.stamp(file);
        documents = opener.open(file, passes);
        if (documents == null) {
            closeFile();
        }
    }

    private void closeFile() {
        if (documents != null) {
            try {
                documents.close();
            } catch (IOException e) {
                // The file was read as far as possible.
            }
        }
        documents = null;
        document = null;
        documentBegun = false;
        endOfFileDue = watched != null && fileGaveText;
        fileGaveText = false;
        if (file != null) {
            passes.finished(file);
        }
        file = null;
    }

    private void finish() {
        if (!counts.isEmpty() && passes.begin()) {
            problems.repeat();
            files = passes.files();
            next = TextPiece.END_OF_PASS;
            return;
        }
        finished = true;
        if (counts.isEmpty()) {
            throw new UsageException("empty corpus: no text in " + config.source() + problems.afterthought());
        }
    }
}
