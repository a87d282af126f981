package io.logitstream.embedded.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.logitstream.http.HostCheck;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** HTTP handler of the registry: reads requests and writes answers as JSON. */
final class RegistryHttp implements HttpHandler {

    record ErrorBody(@JsonProperty("error_code") int code, String message) {}

    private static final Logger LOG = LoggerFactory.getLogger(RegistryHttp.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";
    /**
     * Content types that a web page of another host can send only after a CORS preflight, which this server refuses.
     */
    private static final Set<String> BODY_TYPES =
            Set.of(CONTENT_TYPE, "application/vnd.schemaregistry+json", "application/json", "application/octet-stream");

    private static final int MAX_BODY_BYTES = 1024 * 1024;
    /** Bytes that are read beyond the limit of a body, so that the client can still receive the answer. */
    private static final int MAX_DISCARDED_BYTES = 16 * MAX_BODY_BYTES;

    private final RegistryRoutes routes;

    private final HostCheck hosts;

    RegistryHttp(RegistryRoutes routes, HostCheck hosts) {
        this.routes = routes;
        this.hosts = hosts;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            Object answer;
            try {
                requireOwn(exchange);
                answer = routes.answer(
                        RegistryRequest.of(exchange.getRequestMethod(), exchange.getRequestURI(), body(exchange)));
            } catch (RegistryException e) {
                status = e.status();
                answer = new ErrorBody(e.code(), e.getMessage());
            } catch (LogitstreamException e) {
                status = 500;
                answer = new ErrorBody(RegistryException.STORE_FAILED, e.getMessage());
            } catch (RuntimeException e) {
                LOG.warn("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
                status = 500;
                answer = new ErrorBody(
                        RegistryException.INTERNAL, "This request failed; the log of the registry gives the cause");
            }
            byte[] bytes = JSON.writeValueAsBytes(answer);
            exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(status, -1);
            } else {
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }
    }

    private void requireOwn(HttpExchange exchange) {
        String refusal = hosts.refusal(exchange, "cluster.registryHosts");
        if (refusal != null) {
            throw new RegistryException(RegistryException.MISDIRECTED, refusal);
        }
        if (exchange.getRequestMethod().equals("POST")
                || exchange.getRequestMethod().equals("PUT")) {
            String type = exchange.getRequestHeaders().getFirst("Content-Type");
            if (type == null
                    || !BODY_TYPES.contains(type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))) {
                throw new RegistryException(
                        RegistryException.UNSUPPORTED_MEDIA_TYPE,
                        "The Content-Type must be " + CONTENT_TYPE + " or application/json");
            }
        }
    }

    private static byte[] body(HttpExchange exchange) throws IOException {
        InputStream in = exchange.getRequestBody();
        byte[] body = in.readNBytes(MAX_BODY_BYTES + 1);
        if (body.length <= MAX_BODY_BYTES) {
            return body;
        }
        byte[] discarded = new byte[64 * 1024];
        for (int total = 0, read; total < MAX_DISCARDED_BYTES && (read = in.read(discarded)) >= 0; ) {
            total += read;
        }
        throw new RegistryException(
                RegistryException.TOO_LARGE, "The body is larger than " + MAX_BODY_BYTES + " bytes");
    }
}
