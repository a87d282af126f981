package io.logitstream.teacher.served.wire;

import io.logitstream.messages.Printable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads JSON from a stream through a buffer of fixed size. The caller walks through the document; numbers and names are
 * read in place, so that no object is created for a value. Reusable, not thread-safe.
 */
public final class JsonReader extends JsonScalars {
    /** Maximum number of levels of a skipped value. The answers of both servers have fewer than ten. */
    private static final int DEEPEST = 64;

    private boolean opened;
    private int nameStart;
    private int nameEnd;

    /** Begins a document. */
    public void start(InputStream document) {
        restart(document);
        opened = false;
    }

    /** Enters an object. */
    public void beginObject() throws IOException, AnswerException {
        open('{', "an object");
    }

    /** Enters an array. */
    public void beginArray() throws IOException, AnswerException {
        open('[', "an array");
    }

    private void open(char character, String what) throws IOException, AnswerException {
        if (peek() != character) {
            throw unexpected(what);
        }
        position++;
        opened = true;
    }

    /**
     * Moves to the next member of an object. The caller then reads or skips its value.
     *
     * @return false behind the last one; the object is then left
     */
    public boolean nextName() throws IOException, AnswerException {
        if (!next('}')) {
            return false;
        }
        ensure(NAME);
        if (buffer[position] != '"') {
            throw unexpected("a name");
        }
        nameStart = position + 1;
        int end = nameStart;
        while (buffer[end] != '"') {
            if (buffer[end] == '\\') {
                end++;
            }
            if (++end >= limit) {
                throw ended ? cut() : new AnswerException("has a name of more than " + NAME + " bytes");
            }
        }
        nameEnd = end;
        position = end + 1;
        colonDue = true;
        return true;
    }

    /**
     * Moves to the next element of an array. The caller then reads or skips it.
     *
     * @return false behind the last one; the array is then left
     */
    public boolean nextElement() throws IOException, AnswerException {
        return next(']');
    }

    private boolean next(char close) throws IOException, AnswerException {
        int character = peek();
        if (character == close) {
            position++;
            opened = false;
            return false;
        }
        if (opened) {
            opened = false;
        } else if (character == ',') {
            position++;
            peek();
        } else {
            throw unexpected("',' or '" + close + "'");
        }
        return true;
    }

    /** Whether the current name consists of these ASCII characters. Only before its value is read. */
    public boolean nameIs(byte[] name) {
        return Arrays.equals(buffer, nameStart, nameEnd, name, 0, name.length);
    }

    /** The current name as a token id. Only before its value is read. */
    public int nameAsId() throws AnswerException {
        int length = nameEnd - nameStart;
        int id = 0;
        for (int i = nameStart; i < nameEnd; i++) {
            int digit = buffer[i] - '0';
            if (digit < 0 || digit > 9 || length > 9) {
                throw new AnswerException("has '" + Printable.of(name(), 40) + "' where a token id belongs");
            }
            id = id * 10 + digit;
        }
        if (length == 0) {
            throw new AnswerException("has an empty name where a token id belongs");
        }
        return id;
    }

    private String name() {
        return new String(buffer, nameStart, nameEnd - nameStart, StandardCharsets.UTF_8);
    }

    /** Skips a value of any type and size. */
    public void skip() throws IOException, AnswerException {
        int depth = 0;
        long objects = 0;
        do {
            int character = peek();
            position++;
            switch (character) {
                case '{', '[' -> {
                    if (++depth > DEEPEST) {
                        throw new AnswerException("is nested more than " + DEEPEST + " levels deep");
                    }
                    objects = objects << 1 | (character == '{' ? 1 : 0);
                }
                case '}', ']' -> {
                    if (depth == 0 || (objects & 1) != (character == '}' ? 1 : 0)) {
                        position--;
                        throw unexpected("a value");
                    }
                    depth--;
                    objects >>>= 1;
                }
                case '"' -> skipString();
                case ',', ':' -> {
                    if (depth == 0) {
                        position--;
                        throw unexpected("a value");
                    }
                }
                default -> skipWord(character);
            }
        } while (depth > 0);
        opened = false;
    }

    private void skipString() throws IOException, AnswerException {
        while (true) {
            while (position < limit) {
                byte character = buffer[position++];
                if (character == '"') {
                    return;
                }
                if (character == '\\' && (position < limit || fill())) {
                    position++;
                }
            }
            if (!fill()) {
                throw cut();
            }
        }
    }

    // Numbers, true, false, null.
    private void skipWord(int first) throws IOException, AnswerException {
        if (!(first == '-'
                || first >= '0' && first <= '9'
                || first >= 'A' && first <= 'Z'
                || first >= 'a' && first <= 'z')) {
            position--;
            throw unexpected("a value");
        }
        while (position < limit || fill()) {
            byte character = buffer[position];
            if (!(character >= '0' && character <= '9'
                    || character == '.'
                    || character == '-'
                    || character == '+'
                    || character >= 'a' && character <= 'z'
                    || character >= 'A' && character <= 'Z')) {
                return;
            }
            position++;
        }
    }

    /** Requires that the document ends here. */
    public void end() throws IOException, AnswerException {
        while (position < limit || fill()) {
            byte character = buffer[position];
            if (character != ' ' && character != '\n' && character != '\r' && character != '\t') {
                throw new AnswerException("goes on behind its end with " + shown());
            }
            position++;
        }
    }
}
