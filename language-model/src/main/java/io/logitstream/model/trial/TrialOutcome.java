package io.logitstream.model.trial;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.Printable;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Outcome of a trial. Only a crash is evidence against the file: a process that cannot be started, is killed, or exceeds
 * its time limit says nothing about the file.
 *
 * @param kind what the outcome means for the file
 * @param text what happened, as the end of a sentence; null for {@link Kind#SURVIVED}
 */
public record TrialOutcome(Kind kind, String text) {
    /** What an outcome means for the file. */
    public enum Kind {
        /** The file was loaded, or it was refused with an exception that loading it in this process throws as well. */
        SURVIVED,
        /** A library crashed on the file. */
        CRASHED,
        /** The trial itself failed. */
        UNTRIED
    }

    /** Exit code: the file was refused with a {@link io.logitstream.messages.ModelException}. */
    static final int REFUSED = 3;

    /** Exit code: the time limit was exceeded. */
    static final int OVERDUE = 4;

    /** Prefix of the line that gives the cause of any other exit code but 0. */
    static final String FAULT = "fault of the trial: ";

    private static final int SIGNAL = 128;
    private static final int SIGABRT = 6;
    private static final int SIGKILL = 9;
    private static final int SIGSEGV = 11;

    private static final String JVM_CRASH = "A fatal error has been detected by the Java Runtime Environment";
    private static final String NO_MEMORY = "There is insufficient memory for the Java Runtime Environment";
    private static final String PANIC = " panicked at ";
    private static final String STACK_OVERFLOW = "has overflowed its stack";
    /** A panic of the code that starts threads: a limit of the system, not a fault of the file. */
    private static final Pattern NO_THREADS = Pattern.compile(PANIC + "\\S*(rayon-core|/std/src/thread)");

    private static final Pattern SIGNAL_NAME = Pattern.compile("#\\s+(SIG[A-Z]+) \\(");

    /** The process could not be started. */
    static TrialOutcome notStarted(IOException fault) {
        return untried("no process can be started (" + FailureText.of(fault) + ")");
    }

    static TrialOutcome untried(String why) {
        return new TrialOutcome(Kind.UNTRIED, why);
    }

    /**
     * The outcome of a process that has ended.
     *
     * @param code exit code; 128 + the signal's number if a signal ended the process
     * @param output first 64 KiB of its output
     * @param overdue whether it was killed because it exceeded the time limit
     * @param limit its time limit
     */
    static TrialOutcome of(int code, String output, boolean overdue, Duration limit) {
        if (code == 0 || code == REFUSED) {
            return new TrialOutcome(Kind.SURVIVED, null);
        }
        if (overdue || code == OVERDUE) {
            return untried("it takes more than " + limit.toSeconds() + " s");
        }
        if (output.contains(NO_MEMORY)) {
            return untried("there is not enough memory for a second process");
        }
        if (NO_THREADS.matcher(output).find()) {
            return untried("the process cannot start threads; is there a limit on processes (ulimit -u)?");
        }
        if (code == SIGNAL + SIGABRT
                || code == SIGNAL + SIGSEGV
                || output.contains(JVM_CRASH)
                || output.contains(PANIC)
                || output.contains(STACK_OVERFLOW)) {
            return new TrialOutcome(Kind.CRASHED, "ends the process " + with(code) + inBrackets(cause(output)));
        }
        if (code == SIGNAL + SIGKILL) {
            return untried("the process was killed with signal 9, as the system does when memory runs out");
        }
        return untried("the process ended " + with(code) + inBrackets(lastWords(output)));
    }

    private static String with(int code) {
        return code > SIGNAL ? "with signal " + (code - SIGNAL) : "with code " + code;
    }

    private static String inBrackets(String cause) {
        return cause.isBlank() ? "" : " (" + Printable.of(cause.strip()) + ")";
    }

    private static String cause(String output) {
        Matcher signal = SIGNAL_NAME.matcher(output);
        if (output.contains(JVM_CRASH) && signal.find()) {
            return signal.group(1);
        }
        if (output.contains(STACK_OVERFLOW)) {
            return "its stack overflows";
        }
        // Rust prints where it panics, and the reason in the next line.
        return output.lines()
                .dropWhile(line -> !line.contains(PANIC))
                .skip(1)
                .findFirst()
                .orElse("");
    }

    private static String lastWords(String output) {
        return output.lines()
                .filter(line -> line.startsWith(FAULT))
                .findFirst()
                .map(line -> line.substring(FAULT.length()))
                .or(() -> output.lines()
                        .filter(line -> line.startsWith("Error") || line.startsWith("Unrecognized"))
                        .findFirst())
                .or(() -> output.lines().filter(line -> !line.isBlank()).reduce((before, line) -> line))
                .orElse("");
    }
}
