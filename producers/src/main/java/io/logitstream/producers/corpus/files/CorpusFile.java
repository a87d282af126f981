package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * One file of a corpus.
 *
 * @param name path inside the corpus, with slashes; an entry of an archive is {@code archive!/entry}
 * @param bytes stored size, or uncompressed size of an archive's entry; -1 if unknown
 * @param repeatable whether the file can be opened more than once
 * @param path the file, if it is a regular file of its own; null for an entry of an archive, a pipe and standard input
 * @param opener opens the file
 */
public record CorpusFile(String name, long bytes, boolean repeatable, Path path, Opener opener) {
    /** Opens a file's stored bytes. */
    public interface Opener {
        InputStream open() throws IOException;
    }
}
