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
 * Serves the page of a running command on loopback. It only shows: there is nothing to be changed through it. Requests
 * under another host's name are refused, since a web page elsewhere could point its own name at this machine and read
 * along (DNS rebinding).
 */
public final class LivePageServer implements AutoCloseable {
    private static final String JSON = "application/json";
    private static final String HTML = "text/html; charset=utf-8";
    /** A page that asked so lately is still open, and is to see the end. */
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
     * Starts a server, and says on standard error where it is.
     *
     * @return the server, or null when none is configured
     * @throws UsageException when the port cannot be listened on
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
            throw new UsageException("the page cannot be served on 127.0.0.1:" + config.port() + ": "
                    + FailureText.of(e) + "; choose another page.port, or none");
        }
    }

    /** The port listened on. */
    public int port() {
        return server.port();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            if (hosts.refusal(exchange, "") != null) {
                send(exchange, 421, "text/plain", bytes("this page is for this machine alone\n"));
            } else if (!Set.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
                send(exchange, 405, "text/plain", bytes("only GET is known here\n"));
            } else if (path.equals("/")) {
                send(exchange, 200, HTML, bytes(PageTemplate.live(source.title())));
            } else if (path.equals("/live.json")) {
                lastAsked = System.nanoTime();
                send(exchange, 200, JSON, source.live());
            } else if (path.equals("/curves.json")) {
                send(exchange, 200, JSON, source.curves());
            } else if (path.equals("/report.json")) {
                // Asked before it is answered: what ends in between has not been seen. Pages fetch the report last.
                boolean over = source.isOver();
                send(exchange, 200, JSON, source.report());
                endSeen = over;
            } else {
                send(exchange, 404, "text/plain", bytes("there is no such page\n"));
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

    /** Stops, after some seconds at most in which a page that is open fetches how it has ended. */
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
