package io.logitstream.producers.corpus;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.compression.CorruptDataException;
import io.logitstream.producers.corpus.files.CorpusFile;
import io.logitstream.producers.corpus.files.CorpusProblems;
import io.logitstream.producers.corpus.files.FileStamp;
import io.logitstream.producers.corpus.files.ReadFailureText;
import io.logitstream.producers.corpus.files.UnusableFileException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;

/** Decides whether a file that is damaged, or changes while it is read, ends the corpus or is counted and left out. */
final class UnreadableFiles {
    private final CorpusConfig config;
    private final CorpusProblems problems;

    UnreadableFiles(CorpusConfig config, CorpusProblems problems) {
        this.config = config;
        this.problems = problems;
    }

    /**
     * Counts a file that cannot be read to its end.
     *
     * @param stamp the file when it was opened; null if it has none
     * @param partUsed whether a part of its text was used
     * @throws LogitstreamException when it ends the corpus
     */
    void damaged(CorpusFile file, FileStamp stamp, boolean partUsed, IOException e) {
        String change = stamp == null ? null : stamp.change();
        String reason = (change == null ? "" : change + "; ") + ReadFailureText.of(e);
        boolean data = e instanceof UnusableFileException
                || e instanceof CorruptDataException && DocumentOpener.isJsonLines(config, file);
        if (config.failsOnDamage(change != null || data)) {
            String message = where(file) + ": " + reason + "; corpus.damaged=skip leaves such a file out";
            throw e instanceof UnusableFileException unusable && unusable.isConfiguration()
                    ? new UsageException(message)
                    : new LogitstreamException(message, e);
        }
        problems.skipped(file.name(), (partUsed ? "the rest is not readable (" : "not readable (") + reason + ")");
    }

    /**
     * Checks, after its last document, that a file is still as it was when it was opened.
     *
     * @param stamp the file when it was opened; null if it has none
     * @throws LogitstreamException when it ends the corpus
     */
    void requireUnchanged(CorpusFile file, FileStamp stamp) {
        String change = stamp == null ? null : stamp.change();
        if (change == null) {
            return;
        }
        if (config.failsOnDamage(true)) {
            throw new LogitstreamException(where(file) + ": " + change
                    + "; publish it to another topic or under another corpus name when it is complete");
        }
        problems.skipped(file.name(), change + "; the text that was read is used");
    }

    private String where(CorpusFile file) {
        return file.path() == null ? file.name() : file.path().toString();
    }
}
