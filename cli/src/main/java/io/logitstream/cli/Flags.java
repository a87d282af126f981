package io.logitstream.cli;

import java.util.List;

/** Turns the few flags of the commands into configuration settings. */
final class Flags {
  private Flags() {}

  static void add(List<String> settings, String key, Object value) {
    if (value != null) {
      settings.add(key + "=" + quoted(value.toString()));
    }
  }

  /** A corpus named by flag comes without the default corpus' name, file patterns and limit. */
  static void corpus(List<String> settings, String source) {
    if (source != null) {
      settings.add("corpus.source=" + quoted(source));
      settings.add("corpus.name=null");
      settings.add("corpus.include=null");
      settings.add("corpus.maxTokens=null");
    }
  }

  /** Held-out text named by flag; a corpus named without it holds out a part of itself. */
  static void heldOut(List<String> settings, String source, String corpus) {
    if (source != null) {
      settings.add("heldOut={source: " + quoted(source) + ", name: held-out}");
    } else if (corpus != null) {
      settings.add("heldOut=null");
    }
  }

  // Any text is a YAML value within single quotes.
  private static String quoted(String value) {
    return "'" + value.replace("'", "''") + "'";
  }
}
