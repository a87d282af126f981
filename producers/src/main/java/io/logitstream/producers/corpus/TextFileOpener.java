package io.logitstream.producers.corpus;

import io.logitstream.producers.corpus.compression.Compression;
import io.logitstream.producers.corpus.compression.CorruptDataException;
import io.logitstream.producers.corpus.compression.IntactPrefix;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
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

/**
 * Opens a corpus' files one at a time, and leaves out those that are no text. Of a packed file that is damaged the lines
 * before the damage are used, and of a packed text the whole members or frames before it.
 */
final class TextFileOpener {
    private final CorpusConfig config;
    private final int lineBytes;
    private final CorpusProblems problems;
    private long storedBytesRead;

    TextFileOpener(CorpusConfig config, int lineBytes, CorpusProblems problems) {
        this.config = config;
        this.lineBytes = lineBytes;
        this.problems = problems;
    }

    /** Bytes read of the file opened last, as stored. */
    long storedBytesRead() {
        return storedBytesRead;
    }

    /** The file's documents, or null if it is left out. */
    DocumentSource open(CorpusFile file) throws IOException {
        storedBytesRead = 0;
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

    private boolean isJsonLines(CorpusFile file) {
        if (config.format() != null) {
            return config.format().equals("jsonl");
        }
        String name = Compression.innerName(file.name()).toLowerCase(Locale.ROOT);
        return name.endsWith(".jsonl") || name.endsWith(".ndjson");
    }

    /**
     * Reading a text twice is what it costs to leave out a file that turns out to be no text at its very end.
     */
    private static String problemOfWhole(CorpusFile file) throws IOException {
        try (InputStream in = Compression.unpack(file, file.opener().open())) {
            return TextCheck.problem(in);
        }
    }

    private static String problemOfBeginning(BufferedInputStream in, boolean jsonLines) throws IOException {
        in.mark(TextCheck.PREFIX);
        byte[] buffer = new byte[TextCheck.PREFIX];
        // One read: a slow pipe is not waited for until it has given so many bytes.
        int read = in.read(buffer);
        byte[] prefix = Arrays.copyOf(buffer, Math.max(0, read));
        in.reset();
        return jsonLines ? TextCheck.problemOfLines(prefix) : TextCheck.problem(prefix);
    }

    /** Counts what is read of a file as stored. */
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

        /** Nothing: a pipe cannot tell, and who reads on while there is more delays what was read from a slow one. */
        @Override
        public int available() {
            return 0;
        }
    }
}
