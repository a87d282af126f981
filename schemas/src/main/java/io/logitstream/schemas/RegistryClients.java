package io.logitstream.schemas;

import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.util.Map;

/** Makes clients of the schema registry. */
public final class RegistryClients {

  private static final int CACHED_SCHEMAS_PER_SUBJECT = 100;

  private RegistryClients() {
  }

  /**
   * A client that has reached the registry once. Thread-safe; the caller closes it.
   *
   * @throws UsageException if no registry is set or its properties are impossible
   * @throws LogitstreamException if the registry does not answer within some 10 s, or refuses
   */
  public static SchemaRegistryClient create(KafkaSettings settings) {
    String address = settings.registryAddress();
    Map<String, Object> properties = settings.registryProperties();
    SchemaRegistryClient client;
    try {
      client = new CachedSchemaRegistryClient(
          settings.schemaRegistry(), CACHED_SCHEMAS_PER_SUBJECT, properties);
    } catch (RuntimeException e) {
      throw new UsageException("schema registry " + address + ": impossible settings: " + oneLine(e));
    }
    try {
      client.getAllSubjects();
      return client;
    } catch (IOException | RuntimeException e) {
      close(client);
      throw unreachable(address, e);
    } catch (RestClientException e) {
      close(client);
      throw new LogitstreamException("schema registry " + address + " refuses: " + oneLine(e)
          + "; check the address and the schema.registry.* properties", e);
    }
  }

  /** One line for a registry that gave no answer. */
  static LogitstreamException unreachable(String what, Exception cause) {
    return new LogitstreamException("schema registry unreachable (" + what + "): " + oneLine(cause)
        + "; check that it runs and that the address is right", cause);
  }

  /** The message, or the class where there is none, without line breaks. */
  static String oneLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.replaceAll("\\s*\\R\\s*", " ").strip();
  }

  private static void close(SchemaRegistryClient client) {
    try {
      client.close();
    } catch (IOException e) {
      // The first failure is the one to report.
    }
  }
}
