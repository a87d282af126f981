package io.logitstream.producers.corpus;

import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.FileStamp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** The passes over the files of a corpus. Each reads the same files: a file must stay as the first pass has found it. */
final class Passes {
    private final List<CorpusFile> files;
    private final int passes;
    private final long bytesOfPass;
    private final Map<Path, FileStamp> firstStamps = new HashMap<>();
    private int pass;
    private long finishedBytes;

    /** @param passes number of passes, at least 1 */
    Passes(List<CorpusFile> files, int passes) {
        this.files = files;
        this.passes = passes;
        bytesOfPass = files.stream().mapToLong(CorpusFile::bytes).reduce(0, (a, b) -> a < 0 || b < 0 ? -1 : a + b);
    }

    /** The files in order, as the current pass reads them. */
    Iterator<CorpusFile> files() {
        return files.iterator();
    }

    /** Whether this is the first pass, whose text is counted. */
    boolean isFirst() {
        return pass == 0;
    }

    /** Begins the next pass; false after the last one. */
    boolean begin() {
        if (pass + 1 >= passes) {
            return false;
        }
        pass++;
        return true;
    }

    /**
     * Leaves out whole passes, directly after the end of a pass.
     *
     * @param count number of passes
     * @return number of passes that were left out, fewer at the end
     */
    int skip(long count) {
        int skipped = (int) Math.min(count, passes - 1L - pass);
        pass += skipped;
        finishedBytes += skipped * Math.max(0, bytesOfPass);
        return skipped;
    }

    /** A file as it was when the first pass opened it; null for an entry of an archive or a pipe. */
    FileStamp stamp(CorpusFile file) throws IOException {
        return file.path() == null ? null : stamp(file.path());
    }

    /** A file as it was when the first pass opened it. */
    FileStamp stamp(Path file) throws IOException {
        FileStamp first = firstStamps.get(file);
        if (first == null) {
            first = FileStamp.of(file);
            if (passes > 1) {
                firstStamps.put(file, first);
            }
        }
        return first;
    }

    /** Counts a file as read. */
    void finished(CorpusFile file) {
        finishedBytes += Math.max(0, file.bytes());
    }

    /**
     * Fraction of the stored bytes that was read, 0 to 1; NaN if their number is unknown.
     *
     * @param ofFile bytes read of the current file
     */
    double fraction(long ofFile) {
        return bytesOfPass <= 0 ? Double.NaN : Math.min(1, (finishedBytes + ofFile) / ((double) bytesOfPass * passes));
    }
}
