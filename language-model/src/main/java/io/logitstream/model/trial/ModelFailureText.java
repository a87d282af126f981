package io.logitstream.model.trial;

import ai.djl.engine.EngineException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import java.nio.file.InvalidPathException;

/** One line that describes a failure to load or run a model; extends {@link FailureText} by failures of libtorch and memory. */
public final class ModelFailureText {
    private static final int LONGEST = 300;

    private ModelFailureText() {}

    /** The failure in one line of printable characters, without stack traces. */
    public static String of(Throwable fault) {
        if (fault instanceof ModelException) {
            return fault.getMessage();
        }
        if (fault instanceof OutOfMemoryError) {
            return "it needs more memory than the " + (Runtime.getRuntime().maxMemory() >> 20)
                    + " MiB of the Java heap (LOGITSTREAM_HEAP)";
        }
        if (fault instanceof InvalidPathException invalid) {
            return "'" + Printable.of(invalid.getInput()) + "' is not a valid path: "
                    + Printable.of(invalid.getReason());
        }
        if (fault instanceof EngineException && fault.getMessage() != null) {
            // libtorch appends its own stack trace in further lines.
            return "PyTorch: "
                    + Printable.of(
                            fault.getMessage()
                                    .lines()
                                    .map(String::strip)
                                    .filter(line -> !line.isEmpty())
                                    .findFirst()
                                    .orElse("unknown failure"),
                            LONGEST);
        }
        return FailureText.of(fault);
    }
}
