package io.logitstream.pipeline.report;

import io.logitstream.messages.Secrets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A command line as text for a shell. */
public final class CommandLineText {
    private static final Pattern LOGIN = Pattern.compile("(://)[^/@\\s]*@");
    /** The key of a setting and its separator, as in {@code key=} and in <code>{key: value}</code>. */
    private static final Pattern SETTING = Pattern.compile("([\\w.-]+)[\"']?\\s*[=:]\\s*");

    private CommandLineText() {}

    /**
     * The command line of arguments. Passwords in URLs and values of settings with names of secrets are replaced by
     * {@code ***}, as reports are passed on.
     */
    public static String of(List<String> arguments) {
        return arguments.stream()
                .map(CommandLineText::withoutSecrets)
                .map(CommandLineText::quoted)
                .collect(Collectors.joining(" ", "logitstream ", ""))
                .strip();
    }

    private static String withoutSecrets(String argument) {
        String text = LOGIN.matcher(argument).replaceAll("$1***@");
        Matcher setting = SETTING.matcher(text);
        while (setting.find()) {
            if (Secrets.isSecretKey(setting.group(1))) {
                // A value may contain any character, so everything up to the end is replaced.
                return text.substring(0, setting.end()) + "***";
            }
        }
        return text;
    }

    private static String quoted(String argument) {
        return argument.matches("[A-Za-z0-9_@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
