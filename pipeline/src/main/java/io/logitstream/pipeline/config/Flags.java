package io.logitstream.pipeline.config;

import java.util.List;

/** Turns the few flags of the commands into configuration settings. */
public final class Flags {
    private Flags() {}

    public static void add(List<String> settings, String key, Object value) {
        if (value != null) {
            settings.add(key + "=" + quoted(value.toString()));
        }
    }

    // Any text is a YAML value within single quotes.
    private static String quoted(String value) {
        return "'" + value.replace("'", "''") + "'";
    }
}
