package io.logitstream.embedded.registry;

import io.logitstream.http.HostCheck;
import io.logitstream.http.LocalServer;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.util.List;

/**
 * A schema registry for Avro schemas with the HTTP interface of Confluent's, on 127.0.0.1. It keeps its
 * schemas in the topic {@code _schemas} in Confluent's format. There must be one only per cluster.
 */
public final class EmbeddedRegistry implements AutoCloseable {

    private final LocalServer server;
    private final RegistryTopic topic;
    private boolean closed;

    private EmbeddedRegistry(LocalServer server, RegistryTopic topic) {
        this.server = server;
        this.topic = topic;
    }

    /** As the other, asked by names of this machine's own alone. */
    public static EmbeddedRegistry start(String bootstrapServers, int port) {
        return start(bootstrapServers, port, List.of());
    }

    /**
     * Starts a registry with the schemas that are in the cluster, and creates their topic where it is missing.
     *
     * @param bootstrapServers of the cluster that keeps the schemas
     * @param port port on 127.0.0.1, 0 for any free one
     * @param hosts names beside localhost that clients may ask by
     * @throws LogitstreamException if the port is in use or the topic cannot be read
     */
    public static EmbeddedRegistry start(String bootstrapServers, int port, List<String> hosts) {
        LocalServer server = bind(port);
        RegistryTopic topic = null;
        try {
            topic = new RegistryTopic(bootstrapServers);
            server.serve(
                    "/", new RegistryHttp(new RegistryRoutes(new SubjectRegistry(topic)), HostCheck.onLoopback(hosts)));
            return new EmbeddedRegistry(server, topic);
        } catch (RuntimeException | Error e) {
            server.close();
            if (topic != null) {
                topic.close();
            }
            throw e;
        }
    }

    private static LocalServer bind(int port) {
        try {
            return LocalServer.bind(LoopbackSockets.address(port), "embedded-registry");
        } catch (IOException e) {
            throw LoopbackSockets.unavailable(port, e);
        }
    }

    /** Address for clients. */
    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** Stops at once; requests that are being answered may fail. May be called twice. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        server.close();
        topic.close();
    }
}
