package io.logitstream.cli.options;

import io.logitstream.pipeline.config.SettingValues;

/** Settings that a command gives beside its options with a {@link Setting}. */
public interface CommandSettings {
    /** The command's own defaults, which a file, --set and flags override. */
    default SettingValues ownDefaults() {
        return new SettingValues();
    }

    /** Settings of options whose key depends on other options, with the precedence of flags. */
    default SettingValues dependentFlags() {
        return new SettingValues();
    }
}
