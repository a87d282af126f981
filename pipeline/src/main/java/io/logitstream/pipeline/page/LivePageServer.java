package io.logitstream.pipeline.page;

import com.sun.net.httpserver.HttpExchange;
import io.logitstream.http.HostCheck;
import io.logitstream.http.LocalServer;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.PageConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Serves the live page of a running command on loopback, read-only. Requests with a foreign host name are refused: a
 * web page elsewhere could resolve its own name to this machine and read the data (DNS rebinding).
 */
public final class LivePageServer implements AutoCloseable {
    private static final String JSON = "application/json";
    private static final String HTML = "text/html; charset=utf-8";
    /** A page that polled within this time is still open and should see the end. */
    private static final long OPEN = TimeUnit.SECONDS.toNanos(5);

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    private final LocalServer server;
    private final HostCheck hosts = HostCheck.onLoopback(List.of());
    private final LivePageSource source;
    private volatile long lastAsked = System.nanoTime() - OPEN;
    private volatile boolean endSeen;

    private LivePageServer(LocalServer server, LivePageSource source) {
        this.server = server;
        this.source = source;
        server.serve("/", this::answer);
    }

    /**
     * Starts the server and prints its address to standard error.
     *
     * @return the server; null if no port is configured
     * @throws UsageException if the port is in use or not allowed
     */
    public static LivePageServer start(PageConfig config, LivePageSource source) {
        if (config.port() == null) {
            return null;
        }
        try {
            LivePageServer started = new LivePageServer(
                    LocalServer.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), config.port()), "page"),
                    source);
            System.err.printf("page on http://127.0.0.1:%d/%n", started.port());
            return started;
        } catch (IOException e) {
            throw new UsageException("the live page cannot be served on 127.0.0.1:" + config.port() + ": "
                    + FailureText.of(e) + "; choose another page.port, or none");
        }
    }

    /** The port that the server listens on. */
    public int port() {
        return server.port();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (hosts.refusal(exchange, "") != null) {
                send(exchange, 421, "text/plain", bytes("this page is served to this machine only\n"));
            } else if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
                send(exchange, 405, "text/plain", bytes("only GET and HEAD are allowed\n"));
            } else if (path.equals("/")) {
                send(exchange, 200, HTML, bytes(PageTemplate.live(source.title())));
            } else if (path.equals("/live.json")) {
                lastAsked = System.nanoTime();
                send(exchange, 200, JSON, source.live());
            } else if (path.equals("/curves.json")) {
                send(exchange, 200, JSON, source.curves());
            } else if (path.equals("/report.json")) {
                // The state is read before the report: a page that got an earlier report has not seen the end. Pages
                // fetch the report last.
                boolean over = source.isOver();
                send(exchange, 200, JSON, source.report());
                endSeen = over;
            } else {
                send(exchange, 404, "text/plain", bytes("page not found\n"));
            }
        }
    }

    private static void send(HttpExchange exchange, int code, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cross-Origin-Resource-Policy", "same-origin");
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src 'unsafe-inline';"
                                + " script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(code, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Stops the server, after at most 5 seconds in which an open page can fetch the final state. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + PATIENCE;
        while (source.isOver() && !endSeen && System.nanoTime() - lastAsked < OPEN && System.nanoTime() < deadline) {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        server.close();
    }
}
