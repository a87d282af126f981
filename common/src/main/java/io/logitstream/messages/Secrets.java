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
            "(?i).*(password|passphrase|secret|token(?-i:(?!s|izer))|credential|jaas|user\\.info|userinfo|private|sasl\\.oauth|keystore\\.key"
                    + "|certificate).*");
    /** An option of a login module: its name, where it has one, and its value. */
    private static final Pattern OPTION = Pattern.compile(
            "(?:([\\w.-]+)\\s*=\\s*)?(?:\"(?<quoted>[^\"]+)\"|'(?<single>[^']+)')|([\\w.-]+)\\s*=\\s*(?<bare>[^\\s;\"']+)");
    /** Options with other names say who logs in and how: masking them would hide parts of topics and groups. */
    private static final Pattern SECRET_OPTION =
            Pattern.compile("(?i).*(password|passphrase|secret|token|credential|private|key)");
    /** Keys that only name where a secret comes from. */
    private static final Pattern NO_SECRET_KEY = Pattern.compile("(?i).*\\.(source|url|class|type|location|alias)");

    private static final Set<String> VALUES = ConcurrentHashMap.newKeySet();

    private Secrets() {}

    /**
     * Whether a setting of this name holds a secret: a password, a token, a login. Counts of tokens and tokenizers are none,
     * and neither are names of where a secret comes from.
     */
    public static boolean isSecretKey(String key) {
        return SECRET_KEY.matcher(key).matches() && !NO_SECRET_KEY.matcher(key).matches();
    }

    /** Remembers those properties whose keys say that their values are secret. */
    public static void remember(Map<String, String> properties) {
        properties.forEach((key, value) -> {
            if (value != null && isSecretKey(key)) {
                remember(value);
                // A login is a name and a password; a login module's line holds the password as one of its options.
                if (value.matches("[^:\\s]+:\\S+")) {
                    remember(value.substring(value.indexOf(':') + 1));
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
        if (value != null && value.length() >= SHORTEST && !value.equals("true") && !value.equals("false")) {
            VALUES.add(value);
        }
    }

    /** A text with the remembered values left out. */
    public static String masked(String text) {
        String masked = text;
        if (masked != null && !VALUES.isEmpty()) {
            // A value that holds another one goes first.
            for (String value : VALUES.stream()
                    .sorted(Comparator.comparing(String::length).reversed())
                    .toList()) {
                masked = masked.replace(value, MASK);
            }
        }
        return masked;
    }
}
