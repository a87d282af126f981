package io.logitstream.schemas.kafka;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import org.apache.kafka.common.errors.TimeoutException;

/** Describes failed requests to brokers: a broker refuses the request, or no broker answers. */
public final class BrokerErrors {
    private BrokerErrors() {}

    /**
     * Describes a failed request.
     *
     * @param refusal text for the case that a broker answers, such as {@code the broker
     *     refuses to describe it (needs Describe)}
     * @param failure exception of the client
     */
    public static String text(String refusal, Throwable failure) {
        Throwable cause = FailureText.unwrapped(failure);
        return cause instanceof TimeoutException
                ? "no Kafka broker answers in time; check that the brokers run, and that the addresses of their"
                        + " advertised.listeners can be reached from here"
                : refusal + ": " + FailureText.of(cause);
    }

    /** An exception with the same text after the name of the requested object. */
    public static LogitstreamException of(String what, String refusal, Throwable failure) {
        return new LogitstreamException(what + ": " + text(refusal, failure), FailureText.unwrapped(failure));
    }
}
