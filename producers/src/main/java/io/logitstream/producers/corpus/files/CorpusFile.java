package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.io.InputStream;

/**
 * One file of a corpus.
 *
 * @param name path inside the corpus, with slashes; an entry of an archive is {@code archive!/entry}
 * @param bytes stored size, or uncompressed size of an archive's entry; -1 if unknown
 * @param repeatable whether the file can be opened more than once
 * @param opener opens the file
 */
public record CorpusFile(String name, long bytes, boolean repeatable, Opener opener) {
    /** Opens a file's stored bytes. */
    public interface Opener {
        InputStream open() throws IOException;
    }
}
