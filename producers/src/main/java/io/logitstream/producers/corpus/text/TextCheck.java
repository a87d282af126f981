package io.logitstream.producers.corpus.text;

import io.logitstream.producers.corpus.files.ContentKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Decides whether content is text: valid UTF-8 without a NUL byte near the beginning. */
public final class TextCheck {
    /** Number of bytes at the beginning that must not contain a NUL byte. */
    public static final int PREFIX = 8192;

    private static final char REPLACEMENT = '\uFFFD';
    private static final String NUL = "binary (a NUL byte)";
    private static final String OTHER = "binary, or not UTF-8; if it is text, convert it: iconv -f ENCODING -t UTF-8";

    private TextCheck() {}

    /** Decoder that throws for invalid UTF-8. */
    public static CharsetDecoder strictDecoder() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /**
     * Decodes UTF-8.
     *
     * @throws CharacterCodingException when the bytes are not valid
     */
    public static String decode(byte[] bytes) throws CharacterCodingException {
        // Several times as fast as a decoder. The replacement of invalid bytes may also be a character of the text.
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0
                ? text
                : strictDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    /** Whether a text has one half of a surrogate pair without the other. */
    static boolean hasUnpairedSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** Reason why the beginning of a file is not text; null if it is. The bytes may end within a character. */
    public static String problem(byte[] prefix) {
        CharBuffer scratch = CharBuffer.allocate(prefix.length);
        boolean malformed =
                strictDecoder().decode(ByteBuffer.wrap(prefix), scratch, false).isError();
        if (!malformed && !hasNul(prefix)) {
            return ContentKind.ofText(prefix);
        }
        String kind = ContentKind.of(prefix);
        return kind != null ? kind : hasNul(prefix) ? NUL : OTHER;
    }

    /** Reason why the beginning of a JSON lines file is not text; null if it is. Single lines may be invalid UTF-8. */
    public static String problemOfLines(byte[] prefix) {
        String kind = ContentKind.of(prefix);
        return problem(prefix) == null ? null : kind != null ? kind : hasNul(prefix) ? NUL : null;
    }

    private static boolean hasNul(byte[] prefix) {
        for (byte b : prefix) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }

    /** Reason why a whole stream is not text; null if it is. */
    public static String problem(InputStream in) throws IOException {
        byte[] prefix = in.readNBytes(PREFIX);
        String problem = problem(prefix);
        if (problem != null) {
            return problem;
        }
        CharsetDecoder decoder = strictDecoder();
        try (InputStream whole = new SequenceInputStream(new ByteArrayInputStream(prefix), in);
                Reader reader = new InputStreamReader(whole, decoder)) {
            char[] scratch = new char[PREFIX];
            while (reader.read(scratch) >= 0) {
                // The decoder throws for invalid UTF-8.
            }
            return null;
        } catch (CharacterCodingException e) {
            return "not UTF-8 throughout; if it is text, convert it: iconv -f ENCODING -t UTF-8";
        }
    }
}
