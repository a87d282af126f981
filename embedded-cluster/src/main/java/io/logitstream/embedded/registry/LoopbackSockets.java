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
 * Sockets that are bound before the server that listens on them is configured, so that their ports are known
 * in the configuration and nobody can take them in between.
 */
public final class LoopbackSockets implements ServerSocketFactory, AutoCloseable {

    private final Map<String, ServerSocketChannel> byListener = new HashMap<>();

    /**
     * Binds the socket of a listener.
     *
     * @param port 0 for any free one
     * @return the port
     * @throws LogitstreamException if the port is in use
     */
    public int bind(String listener, int port) {
        ServerSocketChannel channel = null;
        try {
            channel = ServerSocketChannel.open();
            // As Kafka does itself: a port whose connections are still timing out can be taken again.
            channel.socket().setReuseAddress(true);
            channel.bind(address(port));
            byListener.put(listener, channel);
            return channel.socket().getLocalPort();
        } catch (IOException e) {
            closeQuietly(channel);
            throw unavailable(port, e);
        }
    }

    /** The loopback address, in IPv4, so that a port means the same to every client. */
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
                        + "); stop what listens there, or choose another port, or 0 for any free one",
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

    /** Closes what the server has not closed already. */
    @Override
    public void close() {
        byListener.values().forEach(LoopbackSockets::closeQuietly);
    }

    private static void closeQuietly(ServerSocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was sent on it: there is nothing to lose.
            }
        }
    }
}
