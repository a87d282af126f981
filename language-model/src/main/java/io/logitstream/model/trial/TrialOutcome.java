package io.logitstream.model.trial;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.Printable;
import java.io.IOException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the process of a trial has ended. Only a crash is the file's fault: a process that cannot be started, is killed, or
 * takes too long says nothing about the file.
 *
 * @param kind what that means for the file
 * @param text what has happened, as the end of a sentence; null for a file that has survived
 */
record TrialOutcome(Kind kind, String text) {
    /** What an end means for the file. */
    enum Kind {
        /** The file was loaded, or has a fault that comes again, with its message, where it is really loaded. */
        SURVIVED,
        /** A library crashed over the file. */
        CRASHED,
        /** The trial itself did not work. */
        UNTRIED
    }

    /** A fault that the code notices and that comes again where the file is really loaded, with its message. */
    static final int NOTICED = 3;

    static final int OVERDUE = 4;
    /** Begins the line in which the process says why it ends with another code. */
    static final String FAULT = "fault of the trial: ";

    private static final int SIGNAL = 128;
    private static final int SIGABRT = 6;
    private static final int SIGKILL = 9;
    private static final int SIGSEGV = 11;

    private static final String JVM_CRASH = "A fatal error has been detected by the Java Runtime Environment";
    private static final String NO_MEMORY = "There is insufficient memory for the Java Runtime Environment";
    private static final String PANIC = " panicked at ";
    private static final String STACK_OVERFLOW = "has overflowed its stack";
    /** A panic in the code that starts threads, for want of threads. Its place is no part of the file. */
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
     * @param code exit code, 128 and the signal's number where one ended it
     * @param output beginning of what it has printed
     * @param overdue whether it was killed for taking too long
     * @param limit time that it had
     */
    static TrialOutcome of(int code, String output, boolean overdue, Duration limit) {
        if (code == 0 || code == NOTICED) {
            return new TrialOutcome(Kind.SURVIVED, null);
        }
        if (overdue || code == OVERDUE) {
            return untried("it takes more than " + limit.toSeconds() + " s");
        }
        if (output.contains(NO_MEMORY)) {
            return untried("there is not enough memory for a second process");
        }
        if (NO_THREADS.matcher(output).find()) {
            return untried("the process cannot start threads; is there a limit of processes?");
        }
        if (code == SIGNAL + SIGABRT
                || code == SIGNAL + SIGSEGV
                || output.contains(JVM_CRASH)
                || output.contains(PANIC)
                || output.contains(STACK_OVERFLOW)) {
            return new TrialOutcome(Kind.CRASHED, "ends the process " + with(code) + inBrackets(cause(output)));
        }
        if (code == SIGNAL + SIGKILL) {
            return untried("the process was killed with signal 9, as is done where memory runs out");
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
        // Rust prints where it panics, and in the next line why.
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
