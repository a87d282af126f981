package io.logitstream.pipeline.archive;

/** Listener to the progress of {@code archive} and {@code restore}. */
@FunctionalInterface
public interface ArchiveProgress {
    /**
     * Called from time to time.
     *
     * @param records records written by this process
     * @param bytes bytes of their values
     */
    void done(long records, long bytes);
}
