package io.logitstream.schemas.kafka;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import org.apache.kafka.common.errors.TimeoutException;

/** Why brokers have not done what they were asked for: they refuse it, or they do not answer. */
public final class BrokerErrors {
    private BrokerErrors() {}

    /**
     * The failure of a request in words.
     *
     * @param refusal what is said of a broker that answers, as in {@code the broker refuses to show it (Describe)}
     * @param failure what the client reports
     */
    public static String text(String refusal, Throwable failure) {
        Throwable cause = FailureText.unwrapped(failure);
        return cause instanceof TimeoutException
                ? "no Kafka broker answers in time; check that the brokers run, and that the addresses of their"
                        + " advertised.listeners can be reached from here"
                : refusal + ": " + FailureText.of(cause);
    }

    /** The same with what was asked for in front, as an exception. */
    public static LogitstreamException of(String what, String refusal, Throwable failure) {
        return new LogitstreamException(what + ": " + text(refusal, failure), FailureText.unwrapped(failure));
    }
}
