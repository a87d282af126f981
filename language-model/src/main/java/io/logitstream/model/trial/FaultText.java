package io.logitstream.model.trial;

import ai.djl.engine.EngineException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import java.nio.file.InvalidPathException;

/** One line about a failure while a model is loaded or run, where {@link FailureText} does not know what to do about it. */
public final class FaultText {
    private static final int LONGEST = 300;

    private FaultText() {}

    /** What went wrong, in one line. */
    public static String of(Throwable fault) {
        if (fault instanceof ModelException) {
            return fault.getMessage();
        }
        if (fault instanceof OutOfMemoryError) {
            return "it needs more memory than the " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB of the Java heap (LOGITSTREAM_HEAP)";
        }
        if (fault instanceof InvalidPathException invalid) {
            return "'" + Printable.of(invalid.getInput()) + "' is no path: " + Printable.of(invalid.getReason());
        }
        if (fault instanceof EngineException && fault.getMessage() != null) {
            // libtorch adds its own stack trace in further lines.
            return "PyTorch: "
                    + Printable.of(
                            fault.getMessage()
                                    .lines()
                                    .map(String::strip)
                                    .filter(line -> !line.isEmpty())
                                    .findFirst()
                                    .orElse("for an unknown reason"),
                            LONGEST);
        }
        return FailureText.of(fault);
    }
}
