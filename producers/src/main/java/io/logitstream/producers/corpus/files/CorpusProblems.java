package io.logitstream.producers.corpus.files;

import io.logitstream.messages.Plural;
import io.logitstream.messages.Printable;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files and lines of a corpus that could not be used. All are counted; the first of each kind are logged and kept. */
public final class CorpusProblems {
    /** Number of skipped files, and of broken lines, that are logged. */
    static final int MAX_LOGGED = 10;

    private static final int MAX_LENGTH = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(CorpusProblems.class);

    private final List<String> logged = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean reading;
    private boolean repeating;
    private long skippedFiles;
    private long brokenLines;

    /** Begins another pass over the same files, whose problems are counted and logged already. */
    public void repeat() {
        repeating = true;
    }

    /** Counts a skipped file. */
    public void skipped(String file, String reason) {
        if (!repeating && skippedFiles++ < MAX_LOGGED) {
            tell("skipped " + file + ": " + reason);
        }
    }

    /** Counts a broken line, with its number from 1. */
    public void brokenLine(String file, long line, String reason) {
        broken(file, "line " + line, reason);
    }

    /** Counts a row without a text, with its number from 1. */
    public void brokenRow(String file, long row, String reason) {
        broken(file, "row " + row, reason);
    }

    private void broken(String file, String place, String reason) {
        if (!repeating && brokenLines++ < MAX_LOGGED) {
            tell("left out " + file + " " + place + ": " + reason);
        }
    }

    /** Tells of something that is not a loss, such as a file without rows. */
    public void note(String text) {
        if (!repeating && notes.size() <= MAX_LOGGED) {
            String told =
                    notes.size() < MAX_LOGGED ? text : "more than " + MAX_LOGGED + " notes; the rest is not shown";
            notes.add(told);
            if (reading) {
                LOG.warn(Printable.of(told, MAX_LENGTH));
            }
        }
    }

    /** Logs what was told before reading. A corpus that is only looked for says nothing. */
    public void beginReading() {
        if (!reading) {
            notes.forEach(note -> LOG.warn(Printable.of(note, MAX_LENGTH)));
            reading = true;
        }
    }

    /** What was told and is not a loss. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Number of skipped files. */
    public long skippedFiles() {
        return skippedFiles;
    }

    /** Number of broken lines and of rows without a text. */
    public long brokenLines() {
        return brokenLines;
    }

    /** The logged problems. */
    public List<String> logged() {
        return List.copyOf(logged);
    }

    /** Supplement to the message that a corpus has no text; empty if there was no problem. */
    public String afterthought() {
        return logged.isEmpty()
                ? ""
                : " (" + skippedFiles + " " + Plural.of(skippedFiles, "file") + " skipped, " + brokenLines + " "
                        + Plural.of(brokenLines, "line") + " left out; first: " + logged.get(0) + ")";
    }

    private void tell(String problem) {
        logged.add(problem);
        LOG.warn(Printable.of(problem, MAX_LENGTH));
    }
}
