package io.logitstream.cli.options;

import io.logitstream.pipeline.config.SettingValues;
import java.lang.reflect.AnnotatedElement;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Settings that the options of a command line give.
 *
 * @param settings values by their configuration keys
 * @param ofStudents those of them that also override the own settings of named students
 */
record SettingFlags(SettingValues settings, SettingValues ofStudents) {
    /** Reads the options that were given. */
    static SettingFlags of(CommandSpec command) {
        SettingFlags flags = new SettingFlags(new SettingValues(), new SettingValues());
        for (OptionSpec option : command.options()) {
            Setting setting = setting(option);
            Object value = option.getValue();
            if (setting == null || value instanceof Map<?, ?> values && values.isEmpty()) {
                continue;
            }
            flags.settings.with(setting.value(), value);
            if (setting.ofStudents()) {
                flags.ofStudents.with(setting.value(), value);
            }
        }
        return flags;
    }

    /** The setting of an option, null if it has none. */
    static Setting setting(OptionSpec option) {
        return option.userObject() instanceof AnnotatedElement field ? field.getAnnotation(Setting.class) : null;
    }
}
