package io.logitstream.cli.options;

import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options of a command line that give values to settings.
 *
 * @param settings {@code key=value}, in YAML
 * @param ofStudents those of them that also win over what a named student has of its own
 */
public record SettingFlags(List<String> settings, List<String> ofStudents) {
    /** Reads the options that were given. */
    public static SettingFlags of(CommandSpec command) {
        SettingFlags flags = new SettingFlags(new ArrayList<>(), new ArrayList<>());
        for (OptionSpec option : command.options()) {
            Setting setting = setting(option);
            Object value = option.getValue();
            if (setting != null && value != null) {
                if (value instanceof Map<?, ?> values) {
                    values.forEach((name, each) -> flags.add(setting, setting.value() + "." + name, each));
                } else {
                    flags.add(setting, setting.value(), value);
                }
            }
        }
        return flags;
    }

    /** The setting of an option, null where it is none. */
    public static Setting setting(OptionSpec option) {
        return option.userObject() instanceof AnnotatedElement field ? field.getAnnotation(Setting.class) : null;
    }

    /** A setting whose value is any text: what stands within single quotes in YAML. */
    public static String quoted(String key, Object value) {
        return key + "='" + value.toString().replace("'", "''") + "'";
    }

    private void add(Setting setting, String key, Object value) {
        settings.add(quoted(key, value));
        if (setting.ofStudents()) {
            ofStudents.add(quoted(key, value));
        }
    }
}
