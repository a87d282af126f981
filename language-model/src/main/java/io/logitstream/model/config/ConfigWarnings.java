package io.logitstream.model.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings about a model's folder. Each is logged once in a process, because a run reads a folder several times. */
public final class ConfigWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWarnings.class);
    private static final Set<String> GIVEN = ConcurrentHashMap.newKeySet();

    private ConfigWarnings() {}

    /**
     * Logs the unknown keys of a {@code config.json}.
     *
     * @param file the file
     * @param modelType its model_type
     * @param keys names of the keys; none logs nothing
     */
    public static void unknownKeys(Path file, String modelType, List<String> keys) {
        if (!keys.isEmpty()) {
            once(file.toAbsolutePath() + ": " + (keys.size() == 1 ? "key " : "keys ") + String.join(", ", keys)
                    + (keys.size() == 1 ? " is" : " are") + " not known for model_type " + modelType
                    + " and ignored; if such a key changes the forward pass, the logits are wrong");
        }
    }

    /** Logs a warning unless this process has logged it before. */
    public static void once(String warning) {
        if (GIVEN.add(warning)) {
            LOG.warn(warning);
        }
    }
}
