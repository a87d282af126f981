package io.logitstream.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The JDK's HTTP server with limits. A client that does not complete its request within seconds is disconnected and
 * delays no other client. All threads of the server are daemon threads.
 */
public final class LocalServer implements AutoCloseable {
    /** Time within which a request must be complete. */
    public static final int REQUEST_SECONDS = 5;

    private static final int RESPONSE_SECONDS = 120;
    private static final int IDLE_SECONDS = 30;
    /** Maximum number of connections of a server. Each occupies a thread. */
    private static final int MOST_CONNECTIONS = 1_000;

    private static final int HEADER_BYTES = 64 * 1024;
    private static final int HEADERS = 100;
    private static final long STACK_BYTES = 256 * 1024;

    static {
        // The server's classes read these properties when they are loaded. A property that the user has set takes
        // precedence.
        Map.of(
                        "sun.net.httpserver.maxReqTime",
                        REQUEST_SECONDS,
                        "sun.net.httpserver.maxRspTime",
                        RESPONSE_SECONDS,
                        "sun.net.httpserver.idleInterval",
                        IDLE_SECONDS,
                        "sun.net.httpserver.maxReqHeaders",
                        HEADERS,
                        "sun.net.httpserver.maxReqHeaderSize",
                        HEADER_BYTES,
                        "jdk.httpserver.maxConnections",
                        MOST_CONNECTIONS,
                        // Without TCP_NODELAY, a response on a reused connection waits 40 ms for the client's
                        // acknowledgement.
                        "sun.net.httpserver.nodelay",
                        true)
                .forEach((property, value) -> {
                    if (System.getProperty(property) == null) {
                        System.setProperty(property, value.toString());
                    }
                });
    }

    private final HttpServer server;
    private final ExecutorService threads;

    private LocalServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Binds a server to an address. The server answers no request before {@link #serve}.
     *
     * @param address address and port; port 0 stands for any free port
     * @param name name of the server's threads
     * @throws IOException if the address cannot be bound
     */
    public static LocalServer bind(InetSocketAddress address, String name) throws IOException {
        HttpServer server = HttpServer.create(address, 0);
        ExecutorService threads = new ThreadPoolExecutor(
                1,
                MOST_CONNECTIONS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> daemon(task, name));
        server.setExecutor(threads);
        return new LocalServer(server, threads);
    }

    /**
     * Starts to answer requests.
     *
     * @param path prefix of the paths that are handled; others are answered with status 404
     * @param handler handler of the requests, called by several threads
     */
    public void serve(String path, HttpHandler handler) {
        server.createContext(path, handler);
        // The dispatcher thread is a daemon only if the thread that starts it is one.
        CountDownLatch started = new CountDownLatch(1);
        daemon(
                        () -> {
                            server.start();
                            started.countDown();
                        },
                        "http-start")
                .start();
        try {
            started.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, STACK_BYTES);
        thread.setDaemon(true);
        return thread;
    }

    /** The port that the server listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Stops at once. Requests in progress may fail. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
