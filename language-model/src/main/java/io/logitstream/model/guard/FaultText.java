package io.logitstream.model.guard;

import ai.djl.engine.EngineException;
import io.logitstream.model.ModelException;
import java.nio.file.InvalidPathException;

/** One line for people about a failure that the code has no message of its own for: no class name, no stack trace. */
public final class FaultText {
  private static final int LONGEST = 300;

  private FaultText() {}

  /** What went wrong, in one line of at most some 300 characters. */
  public static String of(Throwable fault) {
    if (fault instanceof ModelException) {
      return fault.getMessage();
    }
    if (fault instanceof OutOfMemoryError) {
      return "it needs more memory than the " + (Runtime.getRuntime().maxMemory() >> 20)
          + " MiB of the Java heap (LOGITSTREAM_HEAP)";
    }
    if (fault instanceof StackOverflowError) {
      return "it is nested too deeply";
    }
    if (fault instanceof InvalidPathException invalid) {
      return "'" + printable(invalid.getInput()) + "' is no path: " + printable(String.valueOf(invalid.getReason()));
    }
    String text = firstLine(fault.getMessage());
    if (fault instanceof EngineException) {
      return "PyTorch: " + text;
    }
    return text.isEmpty() ? "an unexpected fault; a debug log tells more" : text;
  }

  /** The first line of a message, without what libtorch adds after it, cut at a length. */
  public static String firstLine(String message) {
    return printable(String.valueOf(message == null ? "" : message).lines().filter(line -> !line.isBlank()).findFirst()
        .orElse("").strip());
  }

  /** A text from elsewhere as it may stand in a line of a log: control characters replaced, cut at a length. */
  public static String printable(String text) {
    String cut = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    return cut.replaceAll("\\p{Cntrl}", "\uFFFD");
  }
}
