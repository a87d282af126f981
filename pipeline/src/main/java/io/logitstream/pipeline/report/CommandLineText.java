package io.logitstream.pipeline.report;

import io.logitstream.messages.Secrets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A command line as text that a shell understands. */
public final class CommandLineText {
    private static final Pattern LOGIN = Pattern.compile("(://)[^/@\\s]*@");
    /** The key of a setting and what separates it from its value, as in {@code key=} and in <code>{key: value}</code>. */
    private static final Pattern SETTING = Pattern.compile("([\\w.-]+)[\"']?\\s*[=:]\\s*");

    private CommandLineText() {}

    /**
     * The command line of arguments. Passwords in URLs are left out, and so are values of settings that are called like
     * secrets: a report is passed on.
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
                // A value may hold any character, so that it is taken to reach to the end.
                return text.substring(0, setting.end()) + "***";
            }
        }
        return text;
    }

    private static String quoted(String argument) {
        return argument.matches("[A-Za-z0-9_@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
