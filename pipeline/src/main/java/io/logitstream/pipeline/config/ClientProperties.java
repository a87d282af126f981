package io.logitstream.pipeline.config;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.SecretReferences;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Client properties of the file of {@code --command-config}. Values may refer to other places, so that the file holds
 * no secret: <code>${env:NAME}</code>, <code>${file:PATH:KEY}</code> for a properties file,
 * <code>${dir:FOLDER:FILE}</code>.
 */
public final class ClientProperties {
    private ClientProperties() {}

    /**
     * Reads the file and resolves the references in its values.
     *
     * @throws UsageException if the file or a reference cannot be read
     */
    public static Map<String, String> read(Path path) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new UsageException(
                    "--command-config " + path.toAbsolutePath() + " cannot be read: " + FailureText.of(e));
        }
        Map<String, String> written = new HashMap<>();
        properties.stringPropertyNames().forEach(key -> written.put(key, properties.getProperty(key)));
        return resolve(path, written);
    }

    private static Map<String, String> resolve(Path path, Map<String, String> written) {
        Map<String, String> resolved = new HashMap<>();
        written.forEach((key, value) -> {
            try {
                resolved.put(key, SecretReferences.resolve(value));
            } catch (SecretReferences.MissingReferenceException e) {
                throw new UsageException("--command-config " + path.toAbsolutePath() + ": " + key + " refers to "
                        + e.getMessage() + ", which does not exist");
            }
        });
        return resolved;
    }
}
