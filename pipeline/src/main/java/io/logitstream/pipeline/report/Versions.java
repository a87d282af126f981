package io.logitstream.pipeline.report;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.utils.AppInfoParser;

/** Versions of logitstream, its libraries and the system. */
public final class Versions {
    /** Version of logitstream. */
    public static final String LOGITSTREAM = "0.1.0";

    private Versions() {}

    static Map<String, String> all() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("logitstream", LOGITSTREAM);
        versions.put("Kafka clients", AppInfoParser.getVersion());
        String torch = torch();
        if (torch != null) {
            versions.put("PyTorch", torch);
        }
        versions.put("Java", Runtime.version().toString());
        versions.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
                        + Runtime.getRuntime().availableProcessors() + " processors");
        return versions;
    }

    // Read from a resource, without loading PyTorch: a report may be written by a command that trains nothing.
    private static String torch() {
        try (InputStream in = Versions.class.getClassLoader().getResourceAsStream("native/lib/pytorch.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version");
        } catch (IOException e) {
            return null;
        }
    }
}
