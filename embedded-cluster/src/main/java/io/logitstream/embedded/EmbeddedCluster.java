package io.logitstream.embedded;

import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.messages.LogitstreamException;
import java.nio.file.Path;

/** A broker and a schema registry in this process, with their data under one folder. */
public final class EmbeddedCluster implements AutoCloseable {

    /** Name of the subfolder with the data. */
    public static final String DATA = "kafka";

    private final EmbeddedBroker broker;
    private final EmbeddedRegistry registry;

    private EmbeddedCluster(EmbeddedBroker broker, EmbeddedRegistry registry) {
        this.broker = broker;
        this.registry = registry;
    }

    /**
     * Starts both and waits until they serve clients.
     *
     * @param folder its subfolder {@code kafka} holds the data; it is created if missing and used again by the next
     *     start
     * @throws LogitstreamException if a port or the folder is in use, or the data cannot be read
     */
    public static EmbeddedCluster start(Path folder, EmbeddedSettings settings) {
        EmbeddedBroker broker =
                EmbeddedBroker.start(folder.resolve(DATA), settings.brokerPort(), settings.maxRecordBytes());
        try {
            return new EmbeddedCluster(
                    broker,
                    EmbeddedRegistry.start(
                            broker.bootstrapServers(), settings.registryPort(), settings.registryHosts()));
        } catch (RuntimeException | Error e) {
            broker.close();
            throw e;
        }
    }

    /** Address of the broker as host:port. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** URL of the schema registry. */
    public String schemaRegistry() {
        return registry.url();
    }

    /** Stops both; gives up after about 11 s. May be called more than once. */
    @Override
    public void close() {
        registry.close();
        broker.close();
    }
}
