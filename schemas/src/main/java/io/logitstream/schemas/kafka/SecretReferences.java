package io.logitstream.schemas.kafka;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * References to values that are kept elsewhere: <code>${env:NAME}</code> is an environment variable, <code>
 * ${file:PATH:KEY}</code> an entry of a properties file, <code>${dir:FOLDER:FILE}</code> the content of a file.
 */
public final class SecretReferences {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file|dir):[^}]*}");

    private SecretReferences() {}

    /** Whether a text is one reference and nothing else. */
    public static boolean isReference(String text) {
        return REFERENCE.matcher(text).matches();
    }

    /**
     * Replaces the references in a text.
     *
     * @throws MissingReferenceException if a reference leads nowhere
     */
    public static String resolve(String text) throws MissingReferenceException {
        Matcher reference = REFERENCE.matcher(text);
        if (!reference.find()) {
            return text;
        }
        Map<String, ConfigProvider> providers = Map.of(
                "env",
                new EnvVarConfigProvider(),
                "file",
                new FileConfigProvider(),
                "dir",
                new DirectoryConfigProvider());
        providers.values().forEach(provider -> provider.configure(Map.of()));
        String result;
        try {
            result = new ConfigTransformer(providers)
                    .transform(Map.of("value", text))
                    .data()
                    .get("value");
        } catch (ConfigException e) {
            throw new MissingReferenceException(reference.group(), e);
        }
        if (result == null || REFERENCE.matcher(result).find()) {
            throw new MissingReferenceException(reference.group(), null);
        }
        return result;
    }

    /** A reference that leads nowhere. The message is the reference itself. */
    public static final class MissingReferenceException extends Exception {
        MissingReferenceException(String reference, Throwable cause) {
            super(reference, cause);
        }
    }
}
