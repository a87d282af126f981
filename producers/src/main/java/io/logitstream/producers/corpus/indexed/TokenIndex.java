package io.logitstream.producers.corpus.indexed;

import io.logitstream.producers.corpus.files.FileRange;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * An {@code .idx} file: the place of each sequence in the {@code .bin} file, and the sequences of each document.
 * Megatron-LM, Megatron Core, NeMo and GPT-NeoX write {@code MMIDIDX}; their older lazy and cached data sets have
 * {@code TNTIDX}.
 */
final class TokenIndex implements Closeable {
    private static final String NEW = "MMIDIDX\0\0";
    private static final String OLD = "TNTIDX\0\0";
    private static final int LENGTH = Integer.BYTES;
    private static final int NUMBER = Long.BYTES;

    private final FileChannel file;
    private int code;
    private boolean old;
    private long sequences;
    private IntegerArray lengths;
    private IntegerArray places;
    private IntegerArray documentEnds;
    private long sequence;
    private long documentEnd;
    private long oldPlace;
    private long place;
    private long tokens;

    private TokenIndex(FileChannel file) {
        this.file = file;
    }

    /** Whether a file is an index, by its first bytes. */
    static boolean isIndex(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path)) {
            String sign = sign(file);
            return sign.equals(NEW) || sign.startsWith(OLD);
        }
    }

    /**
     * Opens an index.
     *
     * @throws UnusableFileException when it is not one, or its sizes do not fit
     */
    static TokenIndex open(Path path) throws IOException {
        TokenIndex index = new TokenIndex(FileChannel.open(path));
        try {
            index.readHeader();
            return index;
        } catch (IOException e) {
            index.close();
            throw e;
        }
    }

    private static String sign(FileChannel file) throws IOException {
        byte[] bytes = new FileRange(file, 0, NEW.length()).readNBytes(NEW.length());
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void readHeader() throws IOException {
        String sign = sign(file);
        old = sign.startsWith(OLD);
        if (!old && !sign.equals(NEW)) {
            throw UnusableFileException.damaged("it is not an index of tokens: it does not begin with MMIDIDX");
        }
        int start = old ? OLD.length() : NEW.length();
        FileRange header = new FileRange(file, start, file.size());
        long version = IntegerArray.little(header, NUMBER);
        if (version != 1) {
            throw UnusableFileException.misfit("its index has version " + version + "; version 1 can be read");
        }
        long documents;
        long shapes = 0;
        if (old) {
            code = (int) IntegerArray.little(header, NUMBER);
            IntegerArray.little(header, NUMBER);
            sequences = IntegerArray.little(header, NUMBER);
            shapes = IntegerArray.little(header, NUMBER);
            documents = IntegerArray.little(header, NUMBER);
        } else {
            code = header.read();
            sequences = IntegerArray.little(header, NUMBER);
            documents = IntegerArray.little(header, NUMBER);
        }
        long most = file.size();
        boolean possible = sequences >= 0
                && sequences <= most / NUMBER
                && documents >= 1
                && documents <= most / NUMBER
                && shapes >= 0
                && shapes <= most / NUMBER;
        long first = header.position();
        long ends =
                old ? first + 2 * NUMBER * (sequences + 1) + NUMBER * shapes : first + (LENGTH + NUMBER) * sequences;
        long size = ends + NUMBER * documents;
        // Megatron Core appends a byte for each sequence of a multimodal data set.
        if (!possible || most != size && (old || most != size + sequences)) {
            throw UnusableFileException.damaged("its index has " + most + " bytes, which do not fit its " + sequences
                    + " sequences in " + (documents - 1) + " documents; is it truncated?");
        }
        if (old) {
            places = new IntegerArray(file, first + NUMBER * (sequences + 1), sequences + 1, NUMBER);
            oldPlace = places.next();
        } else {
            lengths = new IntegerArray(file, first, sequences, LENGTH);
            places = new IntegerArray(file, first + LENGTH * sequences, sequences, NUMBER);
        }
        documentEnds = new IntegerArray(file, ends, documents, NUMBER);
        documentEnd = documentEnds.next();
        if (documentEnd != 0) {
            throw UnusableFileException.damaged("its first document does not begin with the first sequence");
        }
    }

    /** Code of the type of the tokens. */
    int code() {
        return code;
    }

    /** Whether there is another document. Moves to it. */
    boolean nextDocument() throws IOException {
        if (documentEnds.left() == 0) {
            if (sequence < sequences) {
                throw UnusableFileException.damaged(
                        "its documents end after " + sequence + " of " + sequences + " sequences");
            }
            return false;
        }
        long end = documentEnds.next();
        if (end < documentEnd || end > sequences) {
            throw UnusableFileException.damaged("its index is corrupt");
        }
        documentEnd = end;
        return true;
    }

    /**
     * Whether the document has another sequence. Moves to it.
     *
     * @param width bytes of a token
     */
    boolean nextSequence(int width) throws IOException {
        if (sequence == documentEnd) {
            return false;
        }
        sequence++;
        if (old) {
            // Places are counted in tokens; a sequence ends at the place of the next one.
            long end = places.next();
            tokens = end - oldPlace;
            place = oldPlace > Long.MAX_VALUE / width ? -1 : oldPlace * width;
            oldPlace = end;
        } else {
            tokens = lengths.next();
            place = places.next();
        }
        if (tokens < 0 || place < 0 || place > Long.MAX_VALUE / 2) {
            throw UnusableFileException.damaged("its index is corrupt");
        }
        return true;
    }

    /** Position of the sequence in the {@code .bin} file, in bytes. */
    long place() {
        return place;
    }

    /** Tokens of the sequence. */
    long tokens() {
        return tokens;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
