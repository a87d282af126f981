package io.logitstream.producers.corpus;

import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.compression.Compression;
import io.logitstream.producers.corpus.compression.CorruptDataException;
import io.logitstream.producers.corpus.compression.IntactPrefix;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
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
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Opens a corpus' files one at a time in their format, and skips files that are not text. Of a corrupt compressed file it uses the part
 * before the damage: the lines of a JSON lines file, or the intact members or frames of a text.
 */
final class DocumentOpener {
    private final CorpusConfig config;
    private final Tokenizer tokenizer;
    private final int lineBytes;
    private final CorpusProblems problems;
    private long storedBytesRead;
    private LongSupplier bytesRead;

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

    /** Opens a file's documents; null if the file is skipped. */
    DocumentSource open(CorpusFile file) throws IOException {
        storedBytesRead = 0;
        bytesRead = null;
        if (isParquet(file)) {
            ParquetDocuments parquet = new ParquetDocuments(file, config.textField(), problems);
            bytesRead = parquet::bytesRead;
            return parquet;
        }
        if (isIndexed(file)) {
            IndexedDocuments indexed = new IndexedDocuments(file, tokenizer);
            bytesRead = indexed::bytesRead;
            return indexed;
        }
        boolean jsonLines = isJsonLines(file);
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
            problems.skipped(file.name(), problem);
            return null;
        }
        BufferedInputStream in =
                Compression.unpack(file, new Counted(file.opener().open()));
        in = damage == null ? in : new BufferedInputStream(new IntactPrefix(in, damage));
        problem = problemOfBeginning(in, jsonLines);
        if (problem != null) {
            problems.skipped(file.name(), problem);
            in.close();
            return null;
        }
        return jsonLines
                ? new JsonLines(file.name(), in, config.textField(), lineBytes, problems)
                : new TextDocument(in);
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

    private boolean isJsonLines(CorpusFile file) {
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
