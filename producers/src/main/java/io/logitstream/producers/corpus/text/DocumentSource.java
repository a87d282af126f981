package io.logitstream.producers.corpus.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;

/** The documents of one file, one after the other. */
public interface DocumentSource extends Closeable {
    /** The next document, read before the one after it is asked for; null after the last. */
    Reader next() throws IOException;
}
