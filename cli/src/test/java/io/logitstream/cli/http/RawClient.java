package io.logitstream.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client for requests that no HTTP library sends. */
public final class RawClient implements AutoCloseable {
    private final int port;
    private final List<Socket> open = new ArrayList<>();

    /** @param port port on loopback */
    public RawClient(int port) {
        this.port = port;
    }

    /** Opens a connection, sends a text, and leaves the connection open. */
    public Socket send(String text) throws IOException {
        Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
        open.add(socket);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    /** Sends a request and returns the status line; empty if the server closes the connection. */
    public String status(String request) throws IOException {
        try (Socket socket = send(request)) {
            socket.setSoTimeout(10_000);
            StringBuilder line = new StringBuilder();
            InputStream in = socket.getInputStream();
            for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
                line.append((char) c);
            }
            return line.toString();
        }
    }

    /** Whether the server closes a connection within a time. */
    public static boolean isEnded(Socket socket, int millis) {
        try {
            socket.setSoTimeout(millis);
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // A refusal may come first.
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }
}
