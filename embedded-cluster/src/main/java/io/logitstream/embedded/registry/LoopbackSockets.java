package io.logitstream.embedded.registry;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Server sockets that are bound before the broker is configured, so that the configuration can name their ports and no
 * other process can take these in the meantime.
 */
public final class LoopbackSockets implements ServerSocketFactory, AutoCloseable {

    private final Map<String, ServerSocketChannel> byListener = new HashMap<>();

    /**
     * Binds the socket of a listener.
     *
     * @param port 0 stands for any free port
     * @return the port
     * @throws LogitstreamException if the port is in use
     */
    public int bind(String listener, int port) {
        ServerSocketChannel channel = null;
        try {
            channel = ServerSocketChannel.open();
            // As Kafka does: a port whose old connections are in TIME_WAIT can be bound again.
            channel.socket().setReuseAddress(true);
            channel.bind(address(port));
            byListener.put(listener, channel);
            return channel.socket().getLocalPort();
        } catch (IOException e) {
            closeQuietly(channel);
            throw unavailable(port, e);
        }
    }

    /** The IPv4 loopback address, so that a port has the same meaning for every client. */
    public static InetSocketAddress address(int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress("127.0.0.1", new byte[] {127, 0, 0, 1}), port);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static LogitstreamException unavailable(int port, IOException cause) {
        return new LogitstreamException(
                "port " + port + " in use on 127.0.0.1, or not allowed ("
                        + FailureText.of(cause)
                        + "); stop the process that listens there, or choose another port, or 0 for any free port",
                cause);
    }

    @Override
    public ServerSocketChannel openServerSocket(
            String listener, InetSocketAddress address, int backlog, int receiveBufferBytes) throws IOException {
        ServerSocketChannel channel = byListener.get(listener);
        if (channel == null) {
            throw new IOException("no socket is bound for listener " + listener);
        }
        channel.configureBlocking(false);
        return channel;
    }

    /** Closes the sockets that the broker has not closed. */
    @Override
    public void close() {
        byListener.values().forEach(LoopbackSockets::closeQuietly);
    }

    private static void closeQuietly(ServerSocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // No data was sent on the socket, so nothing is lost.
            }
        }
    }
}
