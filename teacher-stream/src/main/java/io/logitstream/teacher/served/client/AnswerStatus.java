package io.logitstream.teacher.served.client;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** What the status of an answer says. */
final class AnswerStatus {
    static final int OK = 200;
    private static final int MOST_WORDS = 16 * 1024;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private AnswerStatus() {}

    /**
     * The failure that an answer with a status other than 200 stands for. Reads the beginning of its body.
     *
     * @param url address and path
     * @param hasKey whether the request had a key
     * @throws LogitstreamException if no repetition can help
     */
    static ServerFailure failure(String url, boolean hasKey, HttpResponse<AnswerBody> answer) {
        int status = answer.statusCode();
        String words = words(answer.body());
        String said = words.isEmpty() ? "" : ": '" + words + "'";
        if (status == 401 || status == 403) {
            throw new UsageException(url + " refuses the request (status " + status + said + "); "
                    + (hasKey ? "correct the key that teach.server.apiKey refers to" : "set teach.server.apiKey"));
        }
        if (status >= 300 && status < 400) {
            throw new UsageException(url + " leads to another address (status " + status + ", "
                    + Printable.of(Secrets.masked(
                            answer.headers().firstValue("location").orElse("which it does not name")))
                    + "); set teach.server.url to that address");
        }
        String message = url + " answers with status " + status + said;
        return new ServerFailure(kind(status), message, retryAfter(answer), words);
    }

    private static Kind kind(int status) {
        return switch (status) {
            case 404, 405, 501 -> Kind.ABSENT;
            case 408, 425, 429 -> Kind.BUSY;
            default -> status >= 500 ? Kind.DOWN : status >= 400 ? Kind.REFUSED : Kind.UNUSABLE;
        };
    }

    private static String words(AnswerBody body) {
        try (body) {
            return ErrorWords.of(body.readNBytes(MOST_WORDS));
        } catch (IOException e) {
            // The status says enough.
            return "";
        }
    }

    // Seconds, or a date.
    private static Duration retryAfter(HttpResponse<AnswerBody> answer) {
        String value = answer.headers().firstValue("retry-after").orElse("").strip();
        Duration wait = Duration.ZERO;
        if (value.matches("\\d{1,9}")) {
            wait = Duration.ofSeconds(Long.parseLong(value));
        } else if (!value.isEmpty()) {
            try {
                wait = Duration.between(
                        Instant.now(),
                        ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant());
            } catch (DateTimeParseException e) {
                return Duration.ZERO;
            }
        }
        return wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
    }
}
