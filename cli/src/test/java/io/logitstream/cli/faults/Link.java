package io.logitstream.cli.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The network between a client and one port of a server: all its connections go through here and can be cut. */
final class Link implements AutoCloseable {
    /** What the network does with the bytes of its connections. */
    enum State {
        /** Passes them on. */
        OPEN,
        /** Holds them back without a word, as a network does that has lost its way; what is held comes after all later. */
        SILENT,
        /** Resets all connections and refuses new ones. */
        CUT
    }

    private static final int BUFFER = 16 * 1024;

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private State state = State.OPEN;

    /** @param target port on the loopback address */
    Link(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(Ports.free(), 50, InetAddress.getLoopbackAddress());
        daemon("link-" + target, this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    synchronized void set(State wanted) {
        state = wanted;
        if (wanted == State.CUT) {
            sockets.forEach(Link::reset);
        }
        notifyAll();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                daemon("link-" + target + "-connect", () -> connect(client));
            } catch (IOException e) {
                // Closed, or a client that is gone already.
            }
        }
    }

    private void connect(Socket client) {
        Socket behind = new Socket();
        try {
            sockets.add(client);
            awaitOpen();
            behind.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 1000);
            sockets.add(behind);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            daemon("link-" + target + "-back", () -> pump(behind, client));
            pump(client, behind);
        } catch (IOException e) {
            end(client, behind);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitOpen();
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // One side is gone, and the other one learns of it.
        }
        end(from, to);
    }

    private synchronized void awaitOpen() throws IOException {
        while (state == State.SILENT) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        if (state == State.CUT) {
            throw new IOException("cut");
        }
    }

    private void end(Socket... pair) {
        for (Socket socket : pair) {
            sockets.remove(socket);
            reset(socket);
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is gone already.
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        set(State.CUT);
    }
}
