package io.logitstream.teacher.served.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.RequestBuffer;
import io.logitstream.teacher.served.wire.ServerInfo;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.function.Consumer;

/** Small requests to one address. */
final class HttpServerInfo implements ServerInfo {
    /** A failure of a small request, which passes through interfaces that know only {@link IOException}. */
    static final class RequestException extends IOException {
        private final ServerFailure failure;

        RequestException(ServerFailure failure) {
            super(failure.getMessage(), failure);
            this.failure = failure;
        }

        ServerFailure failure() {
            return failure;
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_BYTES = 4 << 20;

    private final HttpAccess http;
    private final String address;
    private final Consumer<Runnable> started;

    HttpServerInfo(HttpAccess http, String address, Consumer<Runnable> started) {
        this.http = http;
        this.address = address;
        this.started = started;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public JsonNode get(String path) throws IOException, InterruptedException, AnswerException {
        return answer(path, null);
    }

    @Override
    public JsonNode post(String path, RequestBuffer body) throws IOException, InterruptedException, AnswerException {
        return answer(path, body);
    }

    private JsonNode answer(String path, RequestBuffer body) throws IOException, InterruptedException, AnswerException {
        String url = address + path;
        try {
            long deadline = System.nanoTime() + http.shortPatience().toNanos();
            HttpResponse<AnswerBody> answer = http.send(url, body, MOST_BYTES, deadline, started);
            if (answer.statusCode() == AnswerStatus.OK) {
                return json(url, answer.body());
            }
            ServerFailure failure = AnswerStatus.failure(url, http.hasKey(), answer);
            if (failure.kind() == Kind.ABSENT || body != null && failure.kind() == Kind.REFUSED) {
                return null;
            }
            throw new RequestException(failure);
        } catch (ServerFailure e) {
            throw new RequestException(e);
        }
    }

    private static JsonNode json(String url, AnswerBody body) throws IOException, AnswerException {
        try (body) {
            return JSON.readTree(body.readAllBytes());
        } catch (JsonProcessingException e) {
            throw new AnswerException("of " + url + " is not JSON: " + FailureText.of(e));
        } catch (AnswerBody.TooLongException e) {
            throw new AnswerException("of " + url + " " + e.getMessage());
        } catch (IOException e) {
            throw new RequestException(HttpAccess.failure(url, e));
        }
    }
}
