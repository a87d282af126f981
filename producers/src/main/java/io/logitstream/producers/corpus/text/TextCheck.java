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

/** Tells text from everything else: valid UTF-8 without a NUL near its beginning. */
public final class TextCheck {
    /** Bytes at the beginning in which a NUL makes a file binary. */
    public static final int PREFIX = 8192;

    private static final String NUL = "binary (a NUL byte)";
    private static final String OTHER = "binary, or no UTF-8; if it is text, convert it: iconv -f ENCODING -t UTF-8";

    private TextCheck() {}

    /** A decoder that fails where the bytes are no UTF-8. */
    static CharsetDecoder strictDecoder() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** Why bytes are no text, or null; looks at a file's beginning, which may end within a character. */
    public static String problem(byte[] prefix) {
        CharBuffer scratch = CharBuffer.allocate(prefix.length);
        boolean malformed =
                strictDecoder().decode(ByteBuffer.wrap(prefix), scratch, false).isError();
        if (!malformed && !hasNul(prefix)) {
            return null;
        }
        String kind = ContentKind.of(prefix);
        return kind != null ? kind : hasNul(prefix) ? NUL : OTHER;
    }

    /** Why bytes are no lines of text, or null: single lines may be no UTF-8. */
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

    /** Why a whole stream is no text, or null. */
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
                // Decoding is the check.
            }
            return null;
        } catch (CharacterCodingException e) {
            return "not UTF-8 throughout; if it is text, convert it: iconv -f ENCODING -t UTF-8";
        }
    }
}
