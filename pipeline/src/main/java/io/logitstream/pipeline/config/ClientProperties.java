package io.logitstream.pipeline.config;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Client properties of the file of {@code --command-config}. Values may refer to other places, so that the file holds
 * no secret: <code>${env:NAME}</code>, <code>${file:PATH:KEY}</code> for a properties file,
 * <code>${dir:FOLDER:FILE}</code>.
 */
public final class ClientProperties {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|dir):[^}]*}");

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
        Map<String, ConfigProvider> providers = Map.of(
                "env",
                new EnvVarConfigProvider(),
                "file",
                new FileConfigProvider(),
                "dir",
                new DirectoryConfigProvider());
        providers.values().forEach(provider -> provider.configure(Map.of()));
        Map<String, String> resolved = new HashMap<>();
        written.forEach((key, value) -> {
            Matcher reference = REFERENCE.matcher(value);
            if (!reference.find()) {
                resolved.put(key, value);
                return;
            }
            String result;
            try {
                result = new ConfigTransformer(providers)
                        .transform(Map.of(key, value))
                        .data()
                        .get(key);
            } catch (ConfigException e) {
                throw missing(path, key, reference.group());
            }
            if (result == null || REFERENCE.matcher(result).find()) {
                throw missing(path, key, reference.group());
            }
            resolved.put(key, result);
        });
        return resolved;
    }

    private static UsageException missing(Path path, String key, String reference) {
        return new UsageException("--command-config " + path.toAbsolutePath() + ": " + key + " refers to " + reference
                + ", which does not exist");
    }
}
