package io.logitstream.messages;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of this process that no message may show: passwords and the like of client properties. */
public final class Secrets {
  private static final String MASK = "***";
  /** Shorter values would hide parts of other words, and are no secret worth the name. */
  private static final int SHORTEST = 4;
  private static final Pattern SECRET_KEY = Pattern.compile(
      "(?i).*(password|passphrase|secret|token|credential|jaas|user\\.info|userinfo|private|sasl\\.oauth|keystore\\.key"
          + "|certificate).*");
  private static final Pattern QUOTED = Pattern.compile("\"([^\"]+)\"|'([^']+)'|=\\s*([^\\s;\"']+)");
  private static final Set<String> VALUES = ConcurrentHashMap.newKeySet();

  private Secrets() {}

  /** Remembers those properties whose keys say that their values are secret. */
  public static void remember(Map<String, String> properties) {
    properties.forEach((key, value) -> {
      if (value != null && SECRET_KEY.matcher(key).matches()) {
        remember(value);
        // A login is a name and a password; a login module's line holds the password as one of its options.
        if (value.matches("[^:\\s]+:\\S+")) {
          remember(value.substring(value.indexOf(':') + 1));
        }
        Matcher part = QUOTED.matcher(value);
        while (part.find()) {
          for (int group = 1; group <= part.groupCount(); group++) {
            remember(part.group(group));
          }
        }
      }
    });
  }

  private static void remember(String value) {
    if (value != null && value.length() >= SHORTEST && !value.equals("true") && !value.equals("false")) {
      VALUES.add(value);
    }
  }

  /** A text with the remembered values left out. */
  public static String masked(String text) {
    String masked = text;
    if (masked != null && !VALUES.isEmpty()) {
      // A value that holds another one goes first.
      for (String value : VALUES.stream().sorted(Comparator.comparing(String::length).reversed()).toList()) {
        masked = masked.replace(value, MASK);
      }
    }
    return masked;
  }
}
