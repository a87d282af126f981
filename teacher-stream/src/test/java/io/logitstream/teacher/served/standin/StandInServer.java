package io.logitstream.teacher.served.standin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A server that answers as vLLM or SGLang do, from a real model, with trees. It shares no code with the clients. Any
 * number of requests are answered at once; the model itself computes one after the other.
 */
public final class StandInServer implements AutoCloseable {
    /** Formats of the answers. */
    public enum Format {
        /** vLLM with both endpoints. */
        VLLM_GENERATE,
        /** vLLM without {@code /inference/v1/generate}. */
        VLLM_COMPLETIONS,
        /** SGLang with base64. */
        SGLANG_FLAT_BASE64,
        /** SGLang with base64 and a shape that counts the empty row at the beginning. */
        SGLANG_FLAT_OLD_SHAPE,
        /** SGLang with flat arrays. */
        SGLANG_FLAT_JSON,
        /** SGLang without flat formats. */
        SGLANG_NESTED;

        boolean isVllm() {
            return this == VLLM_GENERATE || this == VLLM_COMPLETIONS;
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Format format;
    private final Tokenizer tokenizer;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "stand-in");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpServer server;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final Queue<Fault> infoFaults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger scored = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private volatile Fault always = Fault.NONE;
    private final ServedDescription description;
    private final ScoringAnswers answers;
    private volatile String key;
    private volatile long delayMillis;

    private StandInServer(
            Format format, ServedWeights weights, Tokenizer tokenizer, InetSocketAddress address, SSLContext tls)
            throws IOException {
        this.format = format;
        this.tokenizer = tokenizer;
        this.description = new ServedDescription(format, weights.maxModelLen());
        this.answers = new ScoringAnswers(format, weights, description);
        if (tls == null) {
            server = HttpServer.create(address, 0);
        } else {
            HttpsServer secure = HttpsServer.create(address, 0);
            secure.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = secure;
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Starts a server on any free port of the loopback address. The caller closes the model and the tokenizer. */
    public static StandInServer start(Format format, ServedWeights weights, Tokenizer tokenizer) {
        return start(format, weights, tokenizer, 0, null);
    }

    /**
     * Starts a server on the loopback address.
     *
     * @param tls certificate for https; null for http
     */
    public static StandInServer start(
            Format format, ServedWeights weights, Tokenizer tokenizer, int port, SSLContext tls) {
        // Without it, an answer waits 40 ms for the client's acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            return new StandInServer(format, weights, tokenizer, address, tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The address, with http. */
    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The port. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Damages the next answers to scoring requests, one after the other. */
    public StandInServer next(Fault... next) {
        faults.addAll(List.of(next));
        return this;
    }

    /** Damages the next answers to GET requests, one after the other. */
    public StandInServer nextInfo(Fault... next) {
        infoFaults.addAll(List.of(next));
        return this;
    }

    /** Damages all answers to scoring requests from now on. */
    public StandInServer always(Fault fault) {
        always = fault;
        return this;
    }

    /** Sets the name of the model. */
    public StandInServer model(String name) {
        description.model = name;
        return this;
    }

    /** Sets the version of the program. */
    public StandInServer version(String newVersion) {
        description.version = newVersion;
        return this;
    }

    /** Sets {@code --max-logprobs}. */
    public StandInServer maxLogprobs(int most) {
        description.maxLogprobs = most;
        return this;
    }

    /** Sets {@code --max-model-len}. */
    public StandInServer maxModelLen(int tokens) {
        description.maxModelLen = tokens;
        return this;
    }

    /** Sets {@code --api-key}. */
    public StandInServer key(String newKey) {
        key = newKey;
        return this;
    }

    /** Sets the time that each scoring request takes at least. */
    public StandInServer delayMillis(long millis) {
        delayMillis = millis;
        return this;
    }

    /** Sets the mode that a server in development mode tells. */
    public StandInServer logprobsMode(String mode) {
        description.logprobsMode = mode;
        return this;
    }

    /** Computes the answers to equal requests once, so that a benchmark measures its client. */
    public StandInServer remember() {
        answers.remember();
        return this;
    }

    /** Number of scoring requests so far, the ones of the checks at start included. */
    public int scored() {
        return scored.get();
    }

    /** Largest number of scoring requests at once. */
    public int mostRunning() {
        return mostRunning.get();
    }

    /** Methods and paths of all requests so far. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        requests.add(exchange.getRequestMethod() + " " + path);
        try (exchange) {
            if (key != null
                    && (path.startsWith("/v1/") || !format.isVllm())
                    && !("Bearer " + key).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                send(exchange, 401, JSON.createObjectNode().put("error", "Unauthorized"));
                return;
            }
            if (exchange.getRequestMethod().equals("GET")) {
                Fault next = infoFaults.poll();
                if (next == null || !FaultyTransport.answers(exchange, next)) {
                    JsonNode answer = description.info(path);
                    send(exchange, answer == null ? 404 : 200, answer == null ? notFound() : answer);
                }
            } else {
                post(exchange, path, JSON.readTree(body));
            }
        } catch (RuntimeException e) {
            e.printStackTrace();
            throw e;
        }
    }

    private static JsonNode notFound() {
        return JSON.createObjectNode().put("detail", "Not Found");
    }

    private void post(HttpExchange exchange, String path, JsonNode request) throws IOException {
        if (path.equals("/tokenize") && tokenizer != null) {
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode tokens = answer.putArray("tokens");
            for (int id : tokenizer.encodeAsHuggingFace(request.get("prompt").textValue(), false)) {
                tokens.add(id);
            }
            send(exchange, 200, answer.put("count", tokens.size()));
            return;
        }
        ScoringRequest scoring = ScoringRequest.of(format, path, request);
        if (scoring == null) {
            send(exchange, 404, notFound());
        } else {
            score(exchange, scoring);
        }
    }

    private void score(HttpExchange exchange, ScoringRequest request) throws IOException {
        scored.incrementAndGet();
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        try {
            Fault next = faults.poll();
            Fault fault = next == null ? always : next;
            if (delayMillis > 0) {
                Thread.sleep(delayMillis);
            }
            String refusal = description.refusal(request);
            if (refusal != null) {
                send(exchange, refusal.contains("does not exist") ? 404 : 400, error(refusal));
            } else if (!FaultyTransport.answers(exchange, fault)) {
                FaultyTransport.send(exchange, answers.of(request, fault), fault);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running.decrementAndGet();
        }
    }

    private static JsonNode error(String message) {
        ObjectNode answer = JSON.createObjectNode();
        answer.putObject("error")
                .put("message", message)
                .put("type", "BadRequestError")
                .put("code", 400);
        return answer;
    }

    private static void send(HttpExchange exchange, int status, JsonNode answer) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(answer);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
