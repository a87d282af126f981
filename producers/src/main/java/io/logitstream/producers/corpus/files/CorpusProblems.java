package io.logitstream.producers.corpus.files;

import io.logitstream.messages.Printable;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What of a corpus could not be used. The first of each kind are logged and kept, all are counted. */
public final class CorpusProblems {
    /** How many skipped files and how many broken lines are told one by one. */
    static final int TOLD = 10;

    private static final int LONGEST = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(CorpusProblems.class);

    private final List<String> told = new ArrayList<>();
    private long skippedFiles;
    private long brokenLines;

    public void skipped(String file, String reason) {
        if (skippedFiles++ < TOLD) {
            tell("skipped " + file + ": " + reason);
        }
    }

    public void brokenLine(String file, long line, String reason) {
        if (brokenLines++ < TOLD) {
            tell("left out " + file + " line " + line + ": " + reason);
        }
    }

    public long skippedFiles() {
        return skippedFiles;
    }

    public long brokenLines() {
        return brokenLines;
    }

    public List<String> told() {
        return List.copyOf(told);
    }

    /** An end for a message that nothing is left of a corpus; empty where nothing was left out. */
    public String afterthought() {
        return told.isEmpty()
                ? ""
                : " (" + skippedFiles + " files skipped, " + brokenLines + " lines left out; first: " + told.get(0)
                        + ")";
    }

    private void tell(String problem) {
        told.add(problem);
        LOG.warn(Printable.of(problem, LONGEST));
    }
}
