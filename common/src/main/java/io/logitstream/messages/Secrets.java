package io.logitstream.messages;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Masks secrets, such as passwords in client properties, in the messages of this process. */
public final class Secrets {
    private static final String MASK = "***";
    /** Minimum length of a masked value. Masking shorter ones would hide parts of other words. */
    private static final int SHORTEST = 4;

    private static final Pattern SECRET_KEY = Pattern.compile(
            "(?i).*(password|passphrase|secret|api[._-]?key|token(?-i:(?!s|izer))|credential|jaas|user\\.info|userinfo|private|sasl\\.oauth|keystore\\.key"
                    + "|certificate).*");
    /** An option of a login module: an optional name and a value. */
    private static final Pattern OPTION = Pattern.compile(
            "(?:([\\w.-]+)\\s*=\\s*)?(?:\"(?<quoted>[^\"]+)\"|'(?<single>[^']+)')|([\\w.-]+)\\s*=\\s*(?<bare>[^\\s;\"']+)");
    /** Options that hold secrets. Masking the others, such as user names, would hide parts of topic and group names. */
    private static final Pattern SECRET_OPTION =
            Pattern.compile("(?i).*(password|passphrase|secret|api[._-]?key|token|credential|private|key)");
    /** Keys whose values only name the source of a secret. */
    private static final Pattern NO_SECRET_KEY = Pattern.compile("(?i).*\\.(source|url|class|type|location|alias)");

    private static final Set<String> VALUES = ConcurrentHashMap.newKeySet();

    private Secrets() {}

    /**
     * Whether the value of a setting is a secret: a password, a token or a login. Numbers of tokens, tokenizers and the
     * sources of secrets are not.
     */
    public static boolean isSecretKey(String key) {
        return SECRET_KEY.matcher(key).matches() && !NO_SECRET_KEY.matcher(key).matches();
    }

    /** Registers the secret values among some properties, so that {@link #masked} replaces them. */
    public static void remember(Map<String, String> properties) {
        properties.forEach((key, value) -> {
            if (value != null && isSecretKey(key)) {
                remember(value);
                // A login consists of a name and a password. A login module's line holds the password as one of its
                // options.
                String login = value.strip();
                if (login.matches("[^:\\s]+:\\S+")) {
                    remember(login.substring(login.indexOf(':') + 1));
                }
                Matcher option = OPTION.matcher(value);
                while (option.find()) {
                    String name = option.group(1) == null ? option.group(4) : option.group(1);
                    if (name == null || SECRET_OPTION.matcher(name).matches()) {
                        remember(option.group("quoted"));
                        remember(option.group("single"));
                        remember(option.group("bare"));
                    }
                }
            }
        });
    }

    private static void remember(String value) {
        if (value != null) {
            add(value);
            // A message of one line has blanks in the place of line breaks, see FailureText.
            add(value.replaceAll("\\s*\\R\\s*", " ").strip());
        }
    }

    private static void add(String value) {
        if (value.length() >= SHORTEST && !value.equals("true") && !value.equals("false")) {
            VALUES.add(value);
        }
    }

    /** A text in which the registered values are masked. */
    public static String masked(String text) {
        String masked = text;
        if (masked != null && !VALUES.isEmpty()) {
            // Longer values first, because one value may contain another.
            for (String value : VALUES.stream()
                    .sorted(Comparator.comparing(String::length).reversed())
                    .toList()) {
                masked = masked.replace(value, MASK);
            }
        }
        return masked;
    }
}
