package io.logitstream.embedded.registry;

import io.logitstream.http.HostCheck;
import io.logitstream.http.LocalServer;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.util.List;

/**
 * A registry for Avro schemas on 127.0.0.1 with the HTTP interface of Confluent's schema registry. It stores its
 * schemas in the topic {@code _schemas} in Confluent's format. A cluster must have only one.
 */
public final class EmbeddedRegistry implements AutoCloseable {

    private final LocalServer server;
    private final RegistryTopic topic;
    private boolean closed;

    private EmbeddedRegistry(LocalServer server, RegistryTopic topic) {
        this.server = server;
        this.topic = topic;
    }

    /** Starts a registry that answers only to {@code localhost} and IP addresses. */
    public static EmbeddedRegistry start(String bootstrapServers, int port) {
        return start(bootstrapServers, port, List.of());
    }

    /**
     * Starts a registry with the schemas of the cluster, and creates their topic if it is missing.
     *
     * @param bootstrapServers addresses of the cluster that stores the schemas
     * @param port port on 127.0.0.1; 0 stands for any free port
     * @param hosts host names besides localhost that the registry answers to
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

    /** URL for clients. */
    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** Stops at once. Requests in progress may fail. May be called more than once. */
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
