package io.logitstream.student.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;

/** Losses as a configuration file has them. */
public final class Losses {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Losses() {}

    /** A loss of keys and values in turn. */
    public static LossConfig of(Object... keysAndValues) {
        Map<String, Object> tree = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            tree.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return of(tree);
    }

    /** A loss of keys and values. */
    public static LossConfig of(Map<String, Object> keysAndValues) {
        return JSON.convertValue(keysAndValues, LossConfig.class);
    }
}
