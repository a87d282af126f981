package io.logitstream.teacher.served.client;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.SecretReferences;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.ServerTraffic;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.RequestBuffer;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Sends requests with the key and the trusted authorities of a configuration. Thread-safe. */
final class HttpAccess {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LONGEST_SHORT_PATIENCE = 60;
    /** What the JDK calls an empty list of authorities. */
    private static final String NO_AUTHORITIES = "trustAnchors";

    private final HttpClient client;
    private final String authorization;
    private final Duration shortPatience;
    private final ServerTraffic traffic = new ServerTraffic();

    /**
     * @throws UsageException if the key or the file of authorities cannot be read
     */
    HttpAccess(ServerConfig config) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT);
        if (config.caFile() != null) {
            builder.sslContext(TrustedAuthorities.read(config.caFile()));
        }
        client = builder.build();
        shortPatience = Duration.ofSeconds(Math.min(config.timeoutSeconds(), LONGEST_SHORT_PATIENCE));
        authorization = config.apiKey() == null ? null : "Bearer " + key(config.apiKey());
    }

    private static String key(String reference) {
        String key;
        try {
            key = SecretReferences.resolve(reference).strip();
        } catch (SecretReferences.MissingReferenceException e) {
            throw new UsageException("teach.server.apiKey refers to " + e.getMessage() + ", which does not exist");
        }
        Secrets.remember(Map.of("apiKey", key));
        if (!key.matches("[\\x21-\\x7e]+")) {
            throw new UsageException(
                    "teach.server.apiKey: " + reference + " is empty or has characters that a key cannot have");
        }
        return key;
    }

    ServerTraffic traffic() {
        return traffic;
    }

    /** Time for the answer to a small request, which a server under load also delays. */
    Duration shortPatience() {
        return shortPatience;
    }

    /** Whether a key is sent. */
    boolean hasKey() {
        return authorization != null;
    }

    /**
     * Sends a request and waits for the head of the answer.
     *
     * @param url address and path
     * @param body JSON text; null for a GET request
     * @param most maximum number of bytes of the answer's body
     * @param deadline value of {@link System#nanoTime} by which the answer must be complete
     * @param started receives what ends the exchange early
     * @return the answer, whose body the caller closes
     */
    HttpResponse<AnswerBody> send(String url, RequestBuffer body, long most, long deadline, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Accept", "application/json");
        if (body != null) {
            traffic.addSent(body.length());
            request.header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(body.bytes(), 0, body.length()));
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        AnswerBody answer = new AnswerBody(traffic, most, deadline);
        CompletableFuture<HttpResponse<AnswerBody>> sent = client.sendAsync(request.build(), head -> answer);
        started.accept(() -> {
            sent.cancel(true);
            answer.close();
        });
        try {
            return sent.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            sent.cancel(true);
            answer.close();
            throw new ServerFailure(Kind.DOWN, url + " gives no answer in time", e);
        } catch (InterruptedException e) {
            sent.cancel(true);
            answer.close();
            throw e;
        } catch (ExecutionException e) {
            throw failure(url, e.getCause());
        }
    }

    /**
     * The failure of an exchange.
     *
     * @throws LogitstreamException if no repetition can help
     */
    static ServerFailure failure(String url, Throwable cause) {
        if (cause instanceof SSLException && concernsCertificate(cause)) {
            throw certificate(url, cause);
        }
        if (!(cause instanceof IOException)) {
            throw new LogitstreamException(url + ": the request cannot be sent: " + FailureText.of(cause), cause);
        }
        return new ServerFailure(Kind.DOWN, url + " " + what(cause), cause);
    }

    private static String what(Throwable cause) {
        if (cause instanceof HttpConnectTimeoutException) {
            return "accepts no connection within " + CONNECT.toSeconds() + " s";
        } else if (cause instanceof HttpTimeoutException) {
            return "gives no complete answer in time";
        } else if (cause instanceof ConnectException) {
            return "cannot be reached: "
                    + (cause.getMessage() != null
                            ? FailureText.of(cause)
                            // The client gives no message for the two most frequent reasons.
                            : cause.getCause() instanceof UnresolvedAddressException
                                    ? "unknown host"
                                    : "connection refused");
        }
        if (root(cause) instanceof SSLException) {
            return "gives no secure connection (" + FailureText.ofRoot(cause)
                    + "; does the server speak https at this port?)";
        }
        String reason = FailureText.ofRoot(cause);
        return "breaks off the connection" + (root(cause) instanceof EOFException ? "" : ": " + reason);
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    // A connection that is broken off while it is made secure gives the same class of exception.
    private static boolean concernsCertificate(Throwable failure) {
        boolean concerns = String.valueOf(root(failure).getMessage()).contains(NO_AUTHORITIES);
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            concerns |= cause instanceof CertificateException
                    || cause instanceof CertPathValidatorException
                    || cause instanceof CertPathBuilderException;
        }
        return concerns;
    }

    private static LogitstreamException certificate(String url, Throwable cause) {
        String words = Printable.of(root(cause).getMessage());
        String what = words.contains("subject alternative")
                ? "its certificate is for another host name (" + words
                        + "); use the name in the certificate as teach.server.url"
                : "its certificate is not trusted (" + words
                        + "); set teach.server.caFile to the certificate of its authority";
        return new LogitstreamException(url + ": " + what, cause);
    }
}
