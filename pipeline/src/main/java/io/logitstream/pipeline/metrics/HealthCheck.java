package io.logitstream.pipeline.metrics;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Health check for container images that have neither a shell nor curl: requests the metrics of a process on this
 * machine. Uses a plain socket and no library, as each check starts a JVM.
 */
public final class HealthCheck {
    private static final int PATIENCE_MS = 5000;

    private HealthCheck() {}

    /** Exits with 0 if {@code 127.0.0.1:PORT/metrics} answers with status 200, and with 1 otherwise. */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        if (!answers(port)) {
            System.out.println("no metrics on port " + port
                    + ": the stage has not started, has ended, or serves no metrics" + " (metrics.port)");
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
                // Reads the whole answer, so that the server never writes to a closed connection.
                in.skip(Short.MAX_VALUE);
            }
            return status != null && status.matches("HTTP/1\\.[01] 200 .*");
        } catch (IOException e) {
            return false;
        }
    }
}
