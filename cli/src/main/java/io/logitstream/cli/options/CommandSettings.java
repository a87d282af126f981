package io.logitstream.cli.options;

import io.logitstream.pipeline.config.SettingValues;

/** Settings that a command gives beside those of its options with a {@link Setting}. */
public interface CommandSettings {
    /** The command's own defaults; a file, --set and flags win over them. */
    default SettingValues ownDefaults() {
        return new SettingValues();
    }

    /** Settings of options whose key depends on other options; they win as all flags do. */
    default SettingValues dependentFlags() {
        return new SettingValues();
    }
}
