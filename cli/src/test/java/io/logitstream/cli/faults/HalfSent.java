package io.logitstream.cli.faults;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests to a server of which the last bytes never come. */
final class HalfSent implements AutoCloseable {
    private static final int REQUESTS = 20;

    private final List<Socket> sockets = new ArrayList<>();

    HalfSent(int port) throws IOException {
        for (int i = 0; i < REQUESTS; i++) {
            Socket socket = new Socket("127.0.0.1", port);
            sockets.add(socket);
            socket.getOutputStream().write("GET /subjects HTTP/1.1\r\nHost: 127.0".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
