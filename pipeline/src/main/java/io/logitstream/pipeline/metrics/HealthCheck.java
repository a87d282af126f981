package io.logitstream.pipeline.metrics;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Asks a process on this machine for its metrics, for images that have neither shell nor curl. A socket and nothing of
 * the class path, because a JVM is started for each question.
 */
public final class HealthCheck {
    private static final int PATIENCE_MS = 5000;

    private HealthCheck() {}

    /** Ends with 0 where {@code 127.0.0.1:PORT/metrics} answers with 200, with 1 elsewhere. */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        if (!answers(port)) {
            System.out.println("no metrics on port " + port + ": the stage has not begun, has ended, or serves none"
                    + " (metrics.port)");
            System.exit(1);
        }
    }

    static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MS);
            socket.setSoTimeout(PATIENCE_MS);
            OutputStream out = socket.getOutputStream();
            out.write("GET /metrics HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String status = in.readLine();
            while (in.read() != -1) {
                // A whole answer, so that the server never writes into a closed connection.
                in.skip(Short.MAX_VALUE);
            }
            return status != null && status.matches("HTTP/1\\.[01] 200 .*");
        } catch (IOException e) {
            return false;
        }
    }
}
