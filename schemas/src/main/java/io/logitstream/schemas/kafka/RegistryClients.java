package io.logitstream.schemas.kafka;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.util.Map;

/** Creates clients of the schema registry. */
public final class RegistryClients {

    private static final int CACHED_SCHEMAS_PER_SUBJECT = 100;

    private RegistryClients() {}

    /**
     * Creates a client and contacts the registry once. The client is thread-safe; the caller closes it.
     *
     * @throws UsageException if no registry is set or its properties are invalid
     * @throws LogitstreamException if the registry does not answer within about 10 s or refuses the request
     */
    public static SchemaRegistryClient create(KafkaSettings settings) {
        String address = settings.registryAddress();
        Map<String, Object> properties = settings.registryProperties();
        SchemaRegistryClient client;
        try {
            client = new CachedSchemaRegistryClient(settings.schemaRegistry(), CACHED_SCHEMAS_PER_SUBJECT, properties);
        } catch (RuntimeException e) {
            throw new UsageException("schema registry " + address + ": invalid settings: " + FailureText.of(e));
        }
        try {
            client.getAllSubjects();
            return client;
        } catch (IOException | RuntimeException e) {
            close(client);
            throw unreachable(address, e);
        } catch (RestClientException e) {
            close(client);
            throw new LogitstreamException(
                    "schema registry " + address + " refuses the request: " + FailureText.of(e)
                            + "; check the address and the schema.registry.* properties",
                    e);
        }
    }

    /** An exception for a registry that did not answer. */
    public static LogitstreamException unreachable(String what, Exception cause) {
        return new LogitstreamException(
                "schema registry unreachable (" + what + "): " + FailureText.of(cause)
                        + "; check that it runs and that the address is right",
                cause);
    }

    private static void close(SchemaRegistryClient client) {
        try {
            client.close();
        } catch (IOException e) {
            // The first failure is reported.
        }
    }
}
