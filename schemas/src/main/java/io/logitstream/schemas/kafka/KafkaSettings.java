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
 * Addresses of the Kafka cluster and the schema registry, and properties of their clients. The text form omits property
 * values, which may be passwords.
 *
 * @param bootstrapServers comma-separated list of host:port, default null: not set, and no client can be created
 * @param schemaRegistry URL of the registry, default null: not set
 * @param properties client properties, default none. Properties without a prefix apply to all Kafka clients. Those with
 *     {@code producer.}, {@code consumer.}, {@code admin.} or {@code streams.} apply to one kind of client and override
 *     the former. Those with {@code schema.registry.} apply to the registry's client. All override the defaults of this
 *     class.
 */
public record KafkaSettings(String bootstrapServers, String schemaRegistry, Map<String, String> properties) {

    private static final String PRODUCER = "producer.";
    private static final String CONSUMER = "consumer.";
    private static final String ADMIN = "admin.";
    private static final String STREAMS = "streams.";
    private static final String REGISTRY = "schema.registry.";
    private static final List<String> PREFIXES = List.of(PRODUCER, CONSUMER, ADMIN, STREAMS, REGISTRY);

    private static final String BASIC_SOURCE = "basic.auth.credentials.source";
    private static final String BEARER_SOURCE = "bearer.auth.credentials.source";
    private static final String AUTO_REGISTER = "auto.register.schemas";
    /** Kafka's defaults of buffer.memory and fetch.max.bytes, which are the minimum of the limits here. */
    private static final int DEFAULT_BUFFER_MEMORY = 32 * 1024 * 1024;

    private static final int DEFAULT_FETCH_MAX_BYTES = 50 * 1024 * 1024;
    private static final int DEFAULT_PARTITION_FETCH_BYTES = 1024 * 1024;
    private static final int REGISTRY_TIMEOUT_MS = 10_000;
    /**
     * A user and password in an address; a password that is not percent-encoded may have a slash, an @ or a comma that
     * begins no other address.
     */
    private static final Pattern LOGIN = Pattern.compile("//((?:(?!,https?://)\\S)*)@");

    /** Copies the properties and registers their secrets for masking. */
    public KafkaSettings {
        properties = properties == null ? Map.of() : Map.copyOf(properties);
        Secrets.remember(properties);
        Matcher login = LOGIN.matcher(schemaRegistry == null ? "" : schemaRegistry);
        while (login.find()) {
            Secrets.remember(Map.of(REGISTRY + "user.info", login.group(1)));
            Secrets.remember(Map.of(REGISTRY + "user.info", AddressLogin.decoded(login.group(1))));
        }
    }

    /**
     * Properties of a producer that can send the topic's largest record.
     *
     * @param maxRecordBytes see {@link TopicSettings#maxRecordBytes()}
     * @return new properties without serializers; callers set required properties with put and others with putIfAbsent
     * @throws UsageException if no bootstrap servers are set
     */
    public Properties producer(int maxRecordBytes) {
        Properties result = new Properties();
        result.putAll(producerLimits(maxRecordBytes));
        return complete(result, PRODUCER);
    }

    /**
     * Properties of a consumer that can fetch the topic's largest record and reads only committed records; see {@link
     * #producer(int)}.
     */
    public Properties consumer(int maxRecordBytes) {
        Properties result = new Properties();
        result.putAll(consumerLimits(maxRecordBytes));
        result.put("isolation.level", "read_committed");
        return complete(result, CONSUMER);
    }

    /**
     * Properties of a consumer that reads what is in a topic and waits for no more; see {@link #consumer}. By default a
     * broker holds a fetch at the end of a partition for half a second, and the consumer reads no other partition
     * meanwhile.
     */
    public Properties consumerOfPresent(int maxRecordBytes) {
        Properties result = consumer(maxRecordBytes);
        result.putIfAbsent("fetch.max.wait.ms", "10");
        return result;
    }

    /** Properties of an admin client; see {@link #producer(int)}. */
    public Properties admin() {
        return complete(new Properties(), ADMIN);
    }

    /**
     * Properties of a Kafka Streams application; see {@link #producer(int)}. Properties of its inner clients keep their
     * prefixes, as Kafka Streams expects.
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

    /** Whether serializers register schemas: {@code schema.registry.auto.register.schemas}, default true. */
    public boolean autoRegisterSchemas() {
        String value = properties.getOrDefault(REGISTRY + AUTO_REGISTER, "true");
        if (!value.equals("true") && !value.equals("false")) {
            throw new UsageException(REGISTRY + AUTO_REGISTER + " must be true or false");
        }
        return Boolean.parseBoolean(value);
    }

    /**
     * Requires that the broker and the registry answer; waits up to about 10 s for each.
     *
     * @throws UsageException if an address is missing or invalid
     * @throws LogitstreamException if one of them does not answer or refuses; the message names its address
     */
    public void requireReachable() {
        ReachabilityCheck.broker(this);
        ReachabilityCheck.registry(this);
    }

    /** The registry's address without the password that it may contain. */
    String registryAddress() {
        if (schemaRegistry == null || schemaRegistry.isBlank()) {
            throw new UsageException("no schema registry is set; give its URL with --schema-registry");
        }
        if (LOGIN.matcher(schemaRegistry)
                .results()
                .anyMatch(login -> login.group(1).contains(","))) {
            throw new UsageException("schema registry " + masked(schemaRegistry)
                    + ": a comma separates addresses; write a comma of a login as %2C");
        }
        for (String url : schemaRegistry.split(",")) {
            if (!url.strip().matches("https?://[^/\\s]+.*")) {
                throw new UsageException(
                        "schema registry " + masked(schemaRegistry) + " must be a URL such as http://host:8081");
            }
        }
        return masked(schemaRegistry);
    }

    /** Properties of the registry's client. */
    Map<String, Object> registryProperties() {
        Map<String, Object> result = new HashMap<>();
        result.put("http.connect.timeout.ms", REGISTRY_TIMEOUT_MS);
        result.put("http.read.timeout.ms", REGISTRY_TIMEOUT_MS);
        withPrefix(REGISTRY).forEach((key, value) -> {
            // The client reads ssl settings with the prefix and all others without it.
            result.put(key, value);
            result.put(REGISTRY + key, value);
        });
        if (!result.containsKey(BEARER_SOURCE)
                && result.getOrDefault(BASIC_SOURCE, "URL").equals("URL")) {
            result.put(BASIC_SOURCE, AddressLogin.SOURCE);
        }
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
                // Memory for one record in flight and one that is being filled.
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

    private static String masked(String url) {
        return url == null ? null : LOGIN.matcher(url).replaceAll("//***@");
    }
}
