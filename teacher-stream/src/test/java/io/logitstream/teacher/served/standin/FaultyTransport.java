package io.logitstream.teacher.served.standin;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Faults that concern how an answer is sent, or that replace it. */
final class FaultyTransport {
    private static final int LEVELS = 10_000;

    private FaultyTransport() {}

    /** Answers in place of the model, if the fault asks for that. */
    static boolean answers(HttpExchange exchange, Fault fault) throws IOException {
        switch (fault) {
            case BUSY -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                json(exchange, 429, "{\"error\": {\"message\": \"too many requests\"}}");
            }
            case REFUSED -> json(exchange, 400, "{\"error\": {\"message\": \"bad request\"}}");
            case ABSENT -> text(exchange, 404, "text/html", "<html><body>no such service</body></html>");
            case ERROR -> json(exchange, 500, "{\"error\": {\"message\": \"EngineCore encountered an issue\"}}");
            case UNAVAILABLE -> text(exchange, 503, "text/html", "<html><body>no server is available</body></html>");
            case NO_ANSWER -> exchange.close();
            case HANG -> hang(exchange);
            case ENDLESS -> endless(exchange);
            case HTML, HTML_AS_JSON ->
                text(
                        exchange,
                        200,
                        fault == Fault.HTML ? "text/html; charset=utf-8" : "application/json",
                        "<html><head><title>Log in</title></head><body>" + "<p>Log in first</p>\n".repeat(25_000)
                                + "</body></html>");
            case DEEP -> json(exchange, 200, deep());
            case EMPTY -> json(exchange, 200, "{}");
            case REDIRECT -> {
                exchange.getResponseHeaders().set("Location", "https://elsewhere/");
                json(exchange, 302, "{}");
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    // Deep in a member that the client does not know, so that it has to be skipped.
    private static String deep() {
        return "{\"other\": " + "[".repeat(LEVELS) + "]".repeat(LEVELS) + "}";
    }

    /** Sends an answer of the model. */
    static void send(HttpExchange exchange, byte[] answer, Fault fault) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        switch (fault) {
            case RESET -> {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer, 0, answer.length / 2);
                exchange.getResponseBody().flush();
                exchange.close();
            }
            case TRUNCATED -> {
                exchange.sendResponseHeaders(200, answer.length / 2);
                exchange.getResponseBody().write(answer, 0, answer.length / 2);
            }
            case TRAILING -> {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(answer);
                exchange.getResponseBody().write("\n<!-- proxy -->".getBytes(StandardCharsets.UTF_8));
            }
            default -> {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        }
    }

    // Until the client closes the connection.
    private static void endless(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        byte[] spaces = new byte[64 * 1024];
        Arrays.fill(spaces, (byte) ' ');
        OutputStream out = exchange.getResponseBody();
        while (true) {
            out.write(spaces);
        }
    }

    private static void hang(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 1000);
        exchange.getResponseBody().write('{');
        exchange.getResponseBody().flush();
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void json(HttpExchange exchange, int status, String body) throws IOException {
        text(exchange, status, "application/json", body);
    }

    private static void text(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
