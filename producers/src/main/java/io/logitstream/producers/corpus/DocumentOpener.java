package io.logitstream.producers.corpus;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.compression.Compression;
import io.logitstream.producers.corpus.compression.CorruptDataException;
import io.logitstream.producers.corpus.compression.IntactPrefix;
import io.logitstream.producers.corpus.files.ContentKind;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.UnusableFileException;
import io.logitstream.producers.corpus.indexed.IndexedDocuments;
import io.logitstream.producers.corpus.parquet.ParquetDocuments;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.text.DocumentSource;
import io.logitstream.producers.corpus.text.JsonLines;
import io.logitstream.producers.corpus.text.TextCheck;
import io.logitstream.producers.corpus.text.TextDocument;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Opens a corpus' files one at a time in their format, and skips files that are not text. Of a corrupt compressed file it
 * uses the part before the damage: the lines of a JSON lines file, or the intact members or frames of a text.
 */
final class DocumentOpener {
    private static final int MAX_POINTER = 1024;

    private final CorpusConfig config;
    private final Tokenizer tokenizer;
    private final int lineBytes;
    private final CorpusProblems problems;
    private long storedBytesRead;
    private LongSupplier bytesRead;
    private boolean toldOfLines;

    DocumentOpener(CorpusConfig config, Tokenizer tokenizer, int lineBytes, CorpusProblems problems) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.lineBytes = lineBytes;
        this.problems = problems;
    }

    /** Stored (compressed) bytes read of the last opened file. */
    long storedBytesRead() {
        return bytesRead == null ? storedBytesRead : bytesRead.getAsLong();
    }

    /**
     * Opens a file's documents; null if the file is skipped.
     *
     * @param passes the passes over the corpus, which know the files' first stamps
     */
    DocumentSource open(CorpusFile file, Passes passes) throws IOException {
        storedBytesRead = 0;
        bytesRead = null;
        boolean jsonLines = isJsonLines(config, file);
        if (jsonLines || isParquet(file) || !Compression.innerName(file.name()).equals(file.name())) {
            requireFetched(file);
        }
        if (isParquet(file)) {
            ParquetDocuments parquet = new ParquetDocuments(file, config.textField(), problems);
            bytesRead = parquet::bytesRead;
            return parquet;
        }
        if (isIndexed(file)) {
            IndexedDocuments indexed = new IndexedDocuments(file, tokenizer, passes::stamp);
            bytesRead = indexed::bytesRead;
            return indexed;
        }
        String problem = null;
        CorruptDataException damage = null;
        try {
            problem = file.repeatable() && !jsonLines ? problemOfWhole(file) : null;
        } catch (CorruptDataException e) {
            if (e.intactBytes() == 0) {
                throw e;
            }
            damage = e;
        }
        if (problem != null) {
            skip(file, problem);
            return null;
        }
        if (!jsonLines && damage == null) {
            tellOfLines(file);
        }
        BufferedInputStream in =
                Compression.unpack(file, new Counted(file.opener().open()));
        in = damage == null ? in : new BufferedInputStream(new IntactPrefix(in, damage));
        problem = problemOfBeginning(in, jsonLines);
        if (problem != null) {
            skip(file, problem);
            in.close();
            return null;
        }
        return jsonLines
                ? new JsonLines(file.name(), in, config.textField(), lineBytes, problems)
                : new TextDocument(in);
    }

    /** Requires that a file of data is there, and not only the pointer that a clone without Git LFS has. */
    private static void requireFetched(CorpusFile file) throws IOException {
        if (file.path() == null || Files.size(file.path()) > MAX_POINTER) {
            return;
        }
        String pointer = ContentKind.ofPointer(Files.readAllBytes(file.path()));
        if (pointer != null) {
            throw UnusableFileException.misfit("it is " + pointer);
        }
    }

    private void skip(CorpusFile file, String problem) {
        boolean tokens = file.name().endsWith(".bin") && problem.startsWith("binary");
        problems.skipped(file.name(), problem + (tokens ? "; token ids need their .idx beside them" : ""));
    }

    /** Tells once that a file of another name seems to be JSON lines: some corpora name theirs .json.gz. */
    private void tellOfLines(CorpusFile file) throws IOException {
        String name = Compression.innerName(file.name()).toLowerCase(Locale.ROOT);
        if (toldOfLines || config.format() != null || !file.repeatable() || !name.endsWith(".json")) {
            return;
        }
        try (InputStream in = Compression.unpack(file, file.opener().open())) {
            toldOfLines = new JsonLines(file.name(), in, config.textField(), lineBytes, problems).beginsWithDocuments();
        }
        if (toldOfLines) {
            problems.note(file.name() + " looks like JSON lines and is read as one document; corpus.format=jsonl reads"
                    + " a document from each line");
        }
    }

    private boolean isParquet(CorpusFile file) {
        return config.format() != null
                ? config.format().equals("parquet")
                : file.name().toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    private boolean isIndexed(CorpusFile file) throws IOException {
        return config.format() == null
                ? IndexedDocuments.isIndex(file.path())
                : config.format().equals("indexed");
    }

    /** Whether a file is read as JSON lines. */
    static boolean isJsonLines(CorpusConfig config, CorpusFile file) {
        if (config.format() != null) {
            return config.format().equals("jsonl");
        }
        String name = Compression.innerName(file.name()).toLowerCase(Locale.ROOT);
        return name.endsWith(".jsonl") || name.endsWith(".ndjson");
    }

    /**
     * Checks a whole file. The text is read twice, so that a file is skipped even if only its end is not text.
     */
    private static String problemOfWhole(CorpusFile file) throws IOException {
        try (InputStream in = Compression.unpack(file, file.opener().open())) {
            return TextCheck.problem(in);
        }
    }

    private static String problemOfBeginning(BufferedInputStream in, boolean jsonLines) throws IOException {
        in.mark(TextCheck.PREFIX);
        byte[] buffer = new byte[TextCheck.PREFIX];
        // A single read: more would wait for a slow pipe to deliver all bytes.
        int read = in.read(buffer);
        byte[] prefix = Arrays.copyOf(buffer, Math.max(0, read));
        in.reset();
        return jsonLines ? TextCheck.problemOfLines(prefix) : TextCheck.problem(prefix);
    }

    /** Counts the stored bytes that are read. */
    private final class Counted extends FilterInputStream {
        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            storedBytesRead += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            storedBytesRead += Math.max(0, read);
            return read;
        }

        /** Always 0: a caller that reads as long as bytes are available would delay the text of a slow pipe. */
        @Override
        public int available() {
            return 0;
        }
    }
}
