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
 * The JDK's HTTP server with limits: a client that sends half a request, a byte now and then, or nothing at all, is cut off
 * after seconds, and holds none of the others up meanwhile. All its threads are daemons.
 */
public final class LocalServer implements AutoCloseable {
    /** A request must be complete within this time. */
    public static final int REQUEST_SECONDS = 5;

    private static final int RESPONSE_SECONDS = 120;
    private static final int IDLE_SECONDS = 30;
    /** Connections, and so threads, of one server: a thread waits for its request. */
    private static final int MOST_CONNECTIONS = 1_000;

    private static final int HEADER_BYTES = 64 * 1024;
    private static final int HEADERS = 100;
    private static final long STACK_BYTES = 256 * 1024;

    static {
        // Read by the server's classes when they are first used. What the user has set wins.
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
                        // Otherwise an answer on a connection in use waits 40 ms for the client's acknowledgement.
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
     * Listens on an address. Nothing is answered before {@link #serve}.
     *
     * @param address address and port, 0 for any free one
     * @param name name of its threads
     * @throws IOException when the address cannot be listened on
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
     * Begins to answer.
     *
     * @param path requests below it are answered, others with 404
     * @param handler answers, in several threads
     */
    public void serve(String path, HttpHandler handler) {
        server.createContext(path, handler);
        // The server's own thread is a daemon only if the thread that starts it is.
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

    /** The port listened on. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Stops at once; requests that are being answered may fail. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
