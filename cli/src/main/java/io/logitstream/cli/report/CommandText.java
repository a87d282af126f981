package io.logitstream.cli.report;

import java.util.List;
import java.util.stream.Collectors;

/** A command line as text that a shell understands. */
public final class CommandText {
  private CommandText() {}

  /**
   * The command line of arguments. Passwords in URLs are left out, and so are values of settings that are called like
   * secrets: a report is passed on.
   */
  public static String of(List<String> arguments) {
    return arguments.stream().map(CommandText::withoutSecrets).map(CommandText::quoted)
        .collect(Collectors.joining(" ", "logitstream ", "")).strip();
  }

  private static String withoutSecrets(String argument) {
    return argument.replaceAll("(://)[^/@\\s]*@", "$1***@")
        .replaceAll("(?i)((?:password|secret|credential|jaas)[^=\\s]*[=:]\\s*).+", "$1***");
  }

  private static String quoted(String argument) {
    return argument.matches("[A-Za-z0-9_@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
  }
}
