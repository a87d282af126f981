package io.logitstream.teacher.served.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads the values of JSON text that have no parts. */
abstract class JsonScalars extends JsonWindow {
    /** Reads {@code null} if it is the next value, and otherwise nothing. */
    public final boolean tryNull() throws IOException, AnswerException {
        if (peek() != 'n') {
            return false;
        }
        word("null");
        return true;
    }

    /** Reads a number. {@code NaN} and {@code Infinity}, which Python writes, are understood; {@code null} is NaN. */
    public final float readFloat() throws IOException, AnswerException {
        int first = peek();
        ensure(NUMBER);
        if (first == 'n') {
            word("null");
            return Float.NaN;
        }
        int at = position;
        boolean negative = buffer[at] == '-';
        if (negative) {
            at++;
        }
        if (buffer[at] == 'N' || buffer[at] == 'I') {
            boolean nan = buffer[at] == 'N';
            position = at;
            word(nan ? "NaN" : "Infinity");
            return nan ? Float.NaN : negative ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
        }
        return number(at, negative);
    }

    private float number(int start, boolean negative) throws IOException, AnswerException {
        int at = start;
        long mantissa = 0;
        int scale = 0;
        int digit;
        while ((digit = buffer[at] - '0') >= 0 && digit <= 9) {
            if (mantissa < DecimalPowers.MANTISSA_LIMIT) {
                mantissa = mantissa * 10 + digit;
            } else {
                scale++;
            }
            at++;
        }
        int digits = at - start;
        if (digits > 0 && buffer[at] == '.') {
            at++;
            digits = 0;
            while ((digit = buffer[at] - '0') >= 0 && digit <= 9) {
                if (mantissa < DecimalPowers.MANTISSA_LIMIT) {
                    mantissa = mantissa * 10 + digit;
                    scale--;
                }
                digits++;
                at++;
            }
        }
        if (digits > 0 && (buffer[at] | 0x20) == 'e') {
            at++;
            boolean down = buffer[at] == '-';
            if (down || buffer[at] == '+') {
                at++;
            }
            int exponent = 0;
            digits = 0;
            while ((digit = buffer[at] - '0') >= 0 && digit <= 9) {
                exponent = Math.min(exponent * 10 + digit, 10_000);
                digits++;
                at++;
            }
            scale += down ? -exponent : exponent;
        }
        if (digits == 0 || at - position >= NUMBER) {
            throw unexpected("a number");
        }
        if (at == limit && ended) {
            throw cut();
        }
        position = at;
        double value = DecimalPowers.scaled(mantissa, scale);
        return (float) (negative ? -value : value);
    }

    /** Reads an integer of 32 bits. */
    public final int readInt() throws IOException, AnswerException {
        peek();
        ensure(NUMBER);
        int at = position;
        boolean negative = buffer[at] == '-';
        if (negative) {
            at++;
        }
        int start = at;
        long value = 0;
        int digit;
        while ((digit = buffer[at] - '0') >= 0 && digit <= 9 && at - start < 11) {
            value = value * 10 + digit;
            at++;
        }
        long signed = negative ? -value : value;
        if (at == start || buffer[at] == '.' || (buffer[at] | 0x20) == 'e' || signed != (int) signed) {
            throw unexpected("an integer");
        }
        position = at;
        return (int) signed;
    }

    /** Reads a short string. Escaped characters are not understood: no name of a type or model has one. */
    public final String readText() throws IOException, AnswerException {
        if (peek() != '"') {
            throw unexpected("a string");
        }
        ensure(NAME);
        int end = position + 1;
        while (buffer[end] != '"') {
            if (++end >= limit) {
                throw ended ? cut() : new AnswerException("has a long text where a short one belongs");
            }
        }
        String text = new String(buffer, position + 1, end - position - 1, StandardCharsets.UTF_8);
        position = end + 1;
        return text;
    }

    /** Reads a base64 string piece by piece. */
    public final void readBase64(Base64Words into) throws IOException, AnswerException {
        if (peek() != '"') {
            throw unexpected("a base64 string");
        }
        position++;
        while (true) {
            position = into.decode(buffer, position, limit);
            if (position < limit) {
                position++;
                into.finish();
                return;
            }
            if (!fill()) {
                throw cut();
            }
        }
    }

    private void word(String word) throws IOException, AnswerException {
        ensure(NUMBER);
        for (int i = 0; i < word.length(); i++) {
            if (buffer[position + i] != word.charAt(i)) {
                throw unexpected("a number");
            }
        }
        position += word.length();
    }
}
