package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.io.InputStream;

/**
 * One file of a corpus.
 *
 * @param name its path inside the corpus, with slashes; an entry of an archive is {@code archive!/entry}
 * @param bytes its size as stored, or as unpacked from an archive; -1 if unknown
 * @param repeatable whether it can be opened more than once
 * @param opener opens it
 */
public record CorpusFile(String name, long bytes, boolean repeatable, Opener opener) {
    /** Opens a file's stored bytes. */
    public interface Opener {
        InputStream open() throws IOException;
    }
}
