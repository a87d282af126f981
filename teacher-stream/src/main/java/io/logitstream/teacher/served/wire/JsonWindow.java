package io.logitstream.teacher.served.wire;

import io.logitstream.messages.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A window of fixed size on JSON text that arrives as a stream. */
abstract class JsonWindow {
    private static final int BUFFER = 64 * 1024;
    /** Maximum length of a name or short text, in bytes. */
    static final int NAME = 512;
    /** Maximum length of a number, in bytes. */
    static final int NUMBER = 64;

    final byte[] buffer = new byte[BUFFER + 1];
    int position;
    int limit;
    boolean ended;
    /** Whether a name was read whose colon was not. */
    boolean colonDue;

    private InputStream in;

    final void restart(InputStream document) {
        in = document;
        position = 0;
        limit = 0;
        buffer[0] = 0;
        ended = false;
        colonDue = false;
    }

    /** First character of the next value. */
    public final int peek() throws IOException, AnswerException {
        if (colonDue) {
            colonDue = false;
            if (peek() != ':') {
                throw unexpected("':'");
            }
            position++;
        }
        while (true) {
            byte character = buffer[position];
            if (position == limit) {
                if (!fill()) {
                    throw cut();
                }
            } else if (character == ' ' || character == '\n' || character == '\r' || character == '\t') {
                position++;
            } else {
                return character;
            }
        }
    }

    // Up to that many bytes from the position are then in the buffer: fewer only at the end of the document. The byte
    // behind the last one is 0, at which every loop over the buffer stops.
    final void ensure(int bytes) throws IOException {
        boolean more = true;
        while (more && limit - position < bytes) {
            more = fill();
        }
    }

    final boolean fill() throws IOException {
        if (ended) {
            return false;
        }
        if (position > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
        }
        int read = in.read(buffer, limit, BUFFER - limit);
        ended = read < 0;
        limit += Math.max(0, read);
        buffer[limit] = 0;
        return read > 0;
    }

    static AnswerException cut() {
        return new AnswerException("ends in the middle");
    }

    final AnswerException unexpected(String wanted) {
        return new AnswerException("has " + shown() + " where " + wanted + " belongs");
    }

    final String shown() {
        int end = Math.min(limit, position + 40);
        return "'" + Printable.of(new String(buffer, position, end - position, StandardCharsets.UTF_8)) + "'";
    }
}
