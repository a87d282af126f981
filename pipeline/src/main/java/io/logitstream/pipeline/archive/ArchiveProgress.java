package io.logitstream.pipeline.archive;

/** Watches an archive being written or restored. */
@FunctionalInterface
public interface ArchiveProgress {
    /**
     * Called now and then.
     *
     * @param records records done by this process
     * @param bytes bytes of their values
     */
    void done(long records, long bytes);
}
