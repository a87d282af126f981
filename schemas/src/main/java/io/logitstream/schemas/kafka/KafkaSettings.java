package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the cluster and the schema registry are, and what their clients are given. Never prints property
 * values, which may be passwords.
 *
 * @param bootstrapServers host:port list, default null: none given, so that no client can be made
 * @param schemaRegistry URL of the registry, default null: none given
 * @param properties client properties, default none. Without a prefix they go to all Kafka clients; with
 *     {@code producer.}, {@code consumer.}, {@code admin.} or {@code streams.} only to those, and win there;
 *     with {@code schema.registry.} to the client of the registry. They win over this class's own defaults.
 */
public record KafkaSettings(String bootstrapServers, String schemaRegistry, Map<String, String> properties) {

    private static final String PRODUCER = "producer.";
    private static final String CONSUMER = "consumer.";
    private static final String ADMIN = "admin.";
    private static final String STREAMS = "streams.";
    private static final String REGISTRY = "schema.registry.";
    private static final List<String> PREFIXES = List.of(PRODUCER, CONSUMER, ADMIN, STREAMS, REGISTRY);

    private static final String AUTO_REGISTER = "auto.register.schemas";
    /** Kafka's own defaults of buffer.memory and fetch.max.bytes, below which no limit here goes. */
    private static final int DEFAULT_BUFFER_MEMORY = 32 * 1024 * 1024;

    private static final int DEFAULT_FETCH_MAX_BYTES = 50 * 1024 * 1024;
    private static final int DEFAULT_PARTITION_FETCH_BYTES = 1024 * 1024;
    private static final int REGISTRY_TIMEOUT_MS = 10_000;
    private static final Pattern LOGIN = Pattern.compile("//([^/@]*)@");

    /** Copies the properties. */
    public KafkaSettings {
        properties = properties == null ? Map.of() : Map.copyOf(properties);
        Secrets.remember(properties);
        String login = schemaRegistry == null ? null : userInfo(schemaRegistry);
        if (login != null) {
            Secrets.remember(Map.of(REGISTRY + "user.info", login));
        }
    }

    /**
     * Properties of a producer whose records may be as large as the topic's largest.
     *
     * @param maxRecordBytes see {@link TopicSettings#maxRecordBytes()}
     * @return new properties, without serializers; callers add what they cannot do without, and putIfAbsent the
     *     rest
     * @throws UsageException if no bootstrap servers are set
     */
    public Properties producer(int maxRecordBytes) {
        Properties result = new Properties();
        result.putAll(producerLimits(maxRecordBytes));
        return complete(result, PRODUCER);
    }

    /**
     * Properties of a consumer for records as large as the topic's largest, as {@link #producer(int)}. Reads
     * committed records only.
     */
    public Properties consumer(int maxRecordBytes) {
        Properties result = new Properties();
        result.putAll(consumerLimits(maxRecordBytes));
        result.put("isolation.level", "read_committed");
        return complete(result, CONSUMER);
    }

    /** Properties of an admin client, as {@link #producer(int)}. */
    public Properties admin() {
        return complete(new Properties(), ADMIN);
    }

    /**
     * Properties of a Kafka Streams application, as {@link #producer(int)}; the limits and the settings of its
     * inner clients keep their prefixes, as Kafka Streams expects.
     */
    public Properties streams(int maxRecordBytes) {
        Properties result = new Properties();
        producerLimits(maxRecordBytes).forEach((key, value) -> result.put(PRODUCER + key, value));
        consumerLimits(maxRecordBytes).forEach((key, value) -> result.put(CONSUMER + key, value));
        complete(result, STREAMS);
        for (String inner : List.of(PRODUCER, CONSUMER, ADMIN)) {
            withPrefix(inner).forEach((key, value) -> result.put(inner + key, value));
        }
        return result;
    }

    /** Whether serializers register schemas (default), from {@code schema.registry.auto.register.schemas}. */
    public boolean autoRegisterSchemas() {
        String value = properties.getOrDefault(REGISTRY + AUTO_REGISTER, "true");
        if (!value.equals("true") && !value.equals("false")) {
            throw new UsageException(REGISTRY + AUTO_REGISTER + " must be true or false");
        }
        return Boolean.parseBoolean(value);
    }

    /**
     * Asks broker and registry for a sign of life; up to some 10 s for each.
     *
     * @throws UsageException if an address is missing or impossible
     * @throws LogitstreamException one line naming the address that does not answer, or that refuses
     */
    public void requireReachable() {
        ReachabilityCheck.broker(this);
        ReachabilityCheck.registry(this);
    }

    /** The registry's address without a password that may be in it. */
    String registryAddress() {
        if (schemaRegistry == null || schemaRegistry.isBlank()) {
            throw new UsageException("no schema registry is set; give its URL with --schema-registry");
        }
        for (String url : schemaRegistry.split(",")) {
            if (!url.strip().matches("https?://[^/\\s]+.*")) {
                throw new UsageException(
                        "schema registry " + masked(schemaRegistry) + " must be a URL such as http://host:8081");
            }
        }
        return masked(schemaRegistry);
    }

    /** What the registry's client is given. */
    Map<String, Object> registryProperties() {
        Map<String, Object> result = new HashMap<>();
        result.put("http.connect.timeout.ms", REGISTRY_TIMEOUT_MS);
        result.put("http.read.timeout.ms", REGISTRY_TIMEOUT_MS);
        withPrefix(REGISTRY).forEach((key, value) -> {
            // The client looks for ssl settings under the prefix, and for all others without it.
            result.put(key, value);
            result.put(REGISTRY + key, value);
        });
        return result;
    }

    @Override
    public String toString() {
        return "KafkaSettings[bootstrapServers=" + bootstrapServers + ", schemaRegistry=" + masked(schemaRegistry)
                + ", properties=" + new TreeSet<>(properties.keySet()) + "]";
    }

    private static Map<String, String> producerLimits(int maxRecordBytes) {
        return Map.of(
                "max.request.size", Integer.toString(maxRecordBytes),
                // Room for a record that is being sent and one that is being filled.
                "buffer.memory", Long.toString(Math.max(DEFAULT_BUFFER_MEMORY, 2L * maxRecordBytes)));
    }

    private static Map<String, String> consumerLimits(int maxRecordBytes) {
        return Map.of(
                "max.partition.fetch.bytes",
                Integer.toString(Math.max(DEFAULT_PARTITION_FETCH_BYTES, maxRecordBytes)),
                "fetch.max.bytes",
                Integer.toString(Math.max(DEFAULT_FETCH_MAX_BYTES, maxRecordBytes)));
    }

    private Properties complete(Properties defaults, String prefix) {
        if (bootstrapServers == null || bootstrapServers.isBlank()) {
            throw new UsageException("no bootstrap servers are set; give them with --bootstrap-server");
        }
        properties.forEach((key, value) -> {
            if (PREFIXES.stream().noneMatch(key::startsWith)) {
                defaults.put(key, value);
            }
        });
        defaults.putAll(withPrefix(prefix));
        defaults.put("bootstrap.servers", bootstrapServers);
        return defaults;
    }

    private Map<String, String> withPrefix(String prefix) {
        Map<String, String> result = new TreeMap<>();
        properties.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                result.put(key.substring(prefix.length()), value);
            }
        });
        return result;
    }

    private static String userInfo(String url) {
        Matcher login = LOGIN.matcher(url);
        return login.find() ? login.group(1) : null;
    }

    private static String masked(String url) {
        return url == null ? null : url.replaceAll("//[^/@]*@", "//***@");
    }
}
