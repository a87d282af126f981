package io.logitstream.teacher.served.client;

import io.logitstream.messages.Secrets;
import java.time.Duration;

/** A request that failed. The message names the address and what happened, without advice. */
final class ServerFailure extends Exception {
    /** What a failure says about the server and the request. */
    enum Kind {
        /** No connection, no complete answer, or a status of 500 and above: the server is left out for a time. */
        DOWN,
        /** The server has too much to do. */
        BUSY,
        /** The server has no such path or model. */
        ABSENT,
        /** The answer cannot be used. */
        UNUSABLE,
        /** The server does not accept the request. */
        REFUSED
    }

    private final Kind kind;
    private final Duration retryAfter;
    private final String words;

    ServerFailure(Kind kind, String message, Throwable cause) {
        this(kind, message, Duration.ZERO, "", cause);
    }

    ServerFailure(Kind kind, String message, Duration retryAfter, String words) {
        this(kind, message, retryAfter, words, null);
    }

    private ServerFailure(Kind kind, String message, Duration retryAfter, String words, Throwable cause) {
        // It also goes to the log.
        super(Secrets.masked(message), cause);
        this.kind = kind;
        this.retryAfter = retryAfter;
        this.words = words;
    }

    Kind kind() {
        return kind;
    }

    /** The time that the server asks to wait; zero if it does not. */
    Duration retryAfter() {
        return retryAfter;
    }

    /** The server's own words; empty if there are none. */
    String words() {
        return words;
    }

    /** What a user can do about it. */
    String advice() {
        return switch (kind) {
            case DOWN -> "start the server or see its log, or correct teach.server.url";
            case BUSY -> "lower teach.server.requests, or raise teach.server.retrySeconds";
            case ABSENT -> "see which server answers at this address (teach.server.url)";
            case UNUSABLE -> "see the server's log, and what lies between it and this machine";
            case REFUSED -> "see the server's log";
        };
    }
}
