package io.logitstream.model.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warnings about a model's folder, each given once in a process: a folder is read several times in a run. */
public final class ConfigWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWarnings.class);
    private static final Set<String> GIVEN = ConcurrentHashMap.newKeySet();

    private ConfigWarnings() {}

    /** Names the keys of a file that nothing is known about. */
    public static void unknownKeys(Path file, String modelType, List<String> keys) {
        if (!keys.isEmpty()) {
            once(file.toAbsolutePath() + ": " + (keys.size() == 1 ? "key " : "keys ") + String.join(", ", keys)
                    + (keys.size() == 1 ? " is" : " are") + " not known for model_type " + modelType
                    + " and ignored; the logits differ from the model's where such a key changes its arithmetic");
        }
    }

    /** Gives a warning unless it has been given before. */
    public static void once(String warning) {
        if (GIVEN.add(warning)) {
            LOG.warn(warning);
        }
    }
}
