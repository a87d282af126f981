package io.logitstream.student.tasks;

import java.util.Locale;

/** What Python's string methods do where Java's do something else; the prompts of published scores were made with them. */
final class PythonText {
  private PythonText() {}

  /** Python's {@code strip()}: other than Java's, it takes no-break spaces too. */
  static String strip(String text) {
    int begin = 0;
    while (begin < text.length() && isSpace(text.charAt(begin))) {
      begin++;
    }
    return text.substring(begin, Math.max(begin, stripped(text)));
  }

  /** Length of the text without the whitespace at its end. */
  static int stripped(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  // All of Unicode's whitespace is in the basic plane, and so are the four separators that Python counts with it.
  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  /** Python's {@code capitalize()}: the first character in title case, the others in lower case. */
  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int length = Character.charCount(text.codePointAt(0));
    String first = text.substring(0, length);
    int title = Character.toTitleCase(first.codePointAt(0));
    String upper = first.toUpperCase(Locale.ROOT);
    // A letter without a title case of its own may have an upper case of several letters, such as SS.
    String head = title != first.codePointAt(0) || upper.codePointCount(0, upper.length()) == 1 ? Character.toString(title)
        : upper.substring(0, upper.offsetByCodePoints(0, 1))
            + upper.substring(upper.offsetByCodePoints(0, 1)).toLowerCase(Locale.ROOT);
    return head + text.substring(length).toLowerCase(Locale.ROOT);
  }
}
